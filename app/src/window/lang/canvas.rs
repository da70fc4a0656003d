//! What is written upon the canvas and beside the drawing tools.

texts! {
    CANVAS = "Canvas", "画布";
    CANNOT_SHOW = "This picture cannot be shown.", "无法显示此图片。";
    READING_PICTURE = "Reading the picture", "正在读取图片";
    NO_PICTURES_YET = "There are no pictures in this folder yet. New ones appear by themselves.", "此文件夹中还没有图片。新图片会自动出现。";
    CORRECTING = "correcting", "修正中";
    BOX = "a box", "方框";
    CORNER_ONE = "{0} corner", "{0} 个角点";
    CORNER_MANY = "{0} corners", "{0} 个角点";
    PART_ONE = "{0} part", "{0} 个部分";
    PART_MANY = "{0} parts", "{0} 个部分";
    HOLE_ONE = "{0} hole", "{0} 个孔";
    HOLE_MANY = "{0} holes", "{0} 个孔";
    CLEAN_SHORT = "Clean", "清理";
    CLASS_AT_HAND = "Class of the mask at hand: {0}", "当前掩膜的类别：{0}";
    CLICK_ONE = "{0} click", "{0} 次点击";
    CLICK_MANY = "{0} clicks", "{0} 次点击";
    PIXELS = "{0} px", "{0} 像素";
    ACCEPT = "Accept", "接受";
    COVERS_ANOTHER = "Covers another object by {0} %", "与另一物体重合 {0} %";
    REPLACE = "Replace it", "替换";
    KEEP_BOTH = "Keep both", "两者都保留";
    ACCEPTED_WHEN_READY = "accepted as soon as it is there", "掩膜就绪后立即接受";
    ACCEPT_HINT = "Enter or Space; Shift+Enter goes on to the next picture", "Enter 或空格；Shift+Enter 接受并转到下一张";
    DROP = "Drop", "放弃";
    FIRST_TITLE = "The first object", "第一个物体";
    FIRST_CLOSE = "Close the card", "关闭卡片";
    FIRST_CLICK = "Click on a thing; a right click says what does not belong to it.", "点击物体；右键点击表示不属于它的部分。";
    FIRST_ACCEPT = "Enter accepts the outline.", "Enter 接受轮廓。";
    FIRST_NEXT = "Page Down shows the next picture. All is saved by itself.", "Page Down 显示下一张图片。所有内容自动保存。";
    DROP_TO_OPEN = "Drop to open", "松开以打开";
    OBJECT_CLASS = "object", "物体";
}
