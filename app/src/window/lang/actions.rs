//! What the keys, the palette and the help page name.

texts! {
    GROUP_OUTLINE = "Outline an object", "勾画物体";
    GROUP_PICTURES = "Pictures", "图片";
    GROUP_OBJECTS = "Objects and classes", "物体与类别";
    GROUP_VIEW = "View", "视图";
    GROUP_PROGRAM = "Program", "程序";

    ACT_ACCEPT_NEXT = "Accept, then next picture", "接受并转到下一张";
    ACT_ACCEPT = "Accept the object", "接受物体";
    ACT_DROP = "Drop the clicks; else deselect", "放弃点击；否则取消选择";
    ACT_REDO = "Redo", "重做";
    ACT_UNDO = "Undo: clicks first, then everything else", "撤销：先撤点击，再撤其他";
    ACT_NEXT_OPEN = "Next picture that is not done", "下一张未完成的图片";
    ACT_NEXT = "Next picture", "下一张图片";
    ACT_PREVIOUS = "Previous picture", "上一张图片";
    ACT_TOGGLE_DONE = "Picture done / open again", "标为完成 / 重新打开";
    ACT_SEARCH = "Search the pictures", "搜索图片";
    ACT_RESCAN = "Read the folder again", "重新读取文件夹";
    ACT_SELECT_PREVIOUS = "Select the previous object and go to it", "选择上一个物体并转到它";
    ACT_SELECT_NEXT = "Select the next object and go to it", "选择下一个物体并转到它";
    ACT_REOPEN = "Re-open the selected object for more clicks", "重新打开所选物体以继续点击";
    ACT_DELETE = "Delete the selected object", "删除所选物体";
    ACT_HIDE = "Hide / show the selected object", "隐藏 / 显示所选物体";
    ACT_RAISE = "Selected object one up", "所选物体上移一层";
    ACT_LOWER = "Selected object one down", "所选物体下移一层";
    ACT_NEW_CLASS = "New class", "新建类别";
    ACT_FIT = "Whole picture", "显示整张图片";
    ACT_ACTUAL_SIZE = "One to one", "原始大小";
    ACT_LARGER = "Larger", "放大";
    ACT_SMALLER = "Smaller", "缩小";
    ACT_TOGGLE_MASKS = "Hide / show all masks", "隐藏 / 显示所有掩膜";
    ACT_OPEN_PICTURE = "Open a picture", "打开图片";
    ACT_OPEN_FOLDER = "Open a folder", "打开文件夹";
    ACT_OPEN_PROJECT = "Open a project", "打开项目";
    ACT_EXPORT = "Export", "导出";
    ACT_IMPORT = "Import", "导入";
    ACT_SETTINGS = "Settings", "设置";
    ACT_HELP = "This help", "帮助";
    ACT_RESTART_ENGINE = "Start the engine anew", "重新启动引擎";
    ACT_PALETTE = "Find and run an action", "查找并执行命令";
    ACT_LANGUAGE = "Switch the language", "切换语言";
    ACT_THEME = "Switch between dark and light", "切换深色与浅色";

    MOUSE_LEFT = "Left click", "左键单击";
    MOUSE_RIGHT = "Right click, Shift or Alt + left", "右键单击，Shift 或 Alt + 左键";
    MOUSE_CTRL_DRAG = "Ctrl + drag", "Ctrl + 拖动";
    MOUSE_CTRL_CLICK = "Ctrl + click", "Ctrl + 单击";
    MOUSE_WHEEL = "Wheel, pinch", "滚轮，双指缩放";
    MOUSE_MIDDLE = "Middle drag, Space + drag", "中键拖动，空格 + 拖动";
    MOUSE_HOLD_R = "R (hold)", "R（按住）";
    MOUSE_DIGIT_KEYS = "1 ... 9", "1 ... 9";
    MOUSE_BELONGS = "This belongs to the object", "属于该物体";
    MOUSE_NOT = "This does not belong to it", "不属于该物体";
    MOUSE_BOX = "Box around the object, as the first hint", "用方框圈出物体，作为第一个提示";
    MOUSE_SELECT = "Select the object under the pointer", "选择指针下的物体";
    MOUSE_DIGITS = "Choose the class; with a selected object, give it this class", "选择类别；若已选中物体，则改为该类别";
    MOUSE_ZOOM = "Zoom at the pointer", "以指针为中心缩放";
    MOUSE_PAN = "Move the picture", "移动图片";
    MOUSE_PEEK = "Look at the bare picture", "只看原图";
}
