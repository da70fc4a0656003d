//! What is written upon the canvas and beside the drawing tools.

texts! {
    CANVAS = "Canvas", "画布";
    CANNOT_SHOW = "This picture cannot be shown.", "无法显示此图片。";
    READING_PICTURE = "Reading the picture", "正在读取图片";
    NO_PICTURES_YET = "There are no pictures in this folder yet. New ones appear by themselves.", "此文件夹中还没有图片。新图片会自动出现。";
    CORRECTING = "correcting, ", "修正中，";
    CLICK_ONE = "{0} click", "{0} 次点击";
    CLICK_MANY = "{0} clicks", "{0} 次点击";
    PIXELS = "{0} px", "{0} 像素";
    ACCEPT = "Accept", "接受";
    ACCEPT_HINT = "Enter or Space; Shift+Enter goes on to the next picture", "Enter 或空格；Shift+Enter 接受并转到下一张";
    DROP = "Drop", "放弃";
    DROP_TO_OPEN = "Drop to open", "松开以打开";
    OBJECT_CLASS = "object", "物体";
}
