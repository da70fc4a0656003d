//! What lies around the canvas.

texts! {
    OPEN = "Open", "打开";
    OPEN_FOLDER_MENU = "Folder of pictures ...", "图片文件夹 ...";
    OPEN_PICTURE_MENU = "Picture ...", "图片 ...";
    OPEN_PROJECT_MENU = "Project ...", "项目 ...";
    RECENT = "Recent", "最近打开";
    KEYS_AND_HELP = "Keys and help", "按键与帮助";
    UNDO = "Undo", "撤销";
    REDO = "Redo", "重做";
    WHAT_OF = "{0}: {1}", "{0}：{1}";
    THE_LAST_CLICK = "the last click", "上一次点击";
    THE_CLICK = "the click", "该次点击";
    HIDE_MASKS = "Hide all masks", "隐藏所有掩膜";
    SHOW_MASKS = "Show all masks", "显示所有掩膜";
    OPACITY = "Opacity of masks", "掩膜不透明度";

    SUBTITLE = "Object masks with a few clicks", "点击几下，得到物体掩膜";
    OPEN_A_FOLDER = "Open a folder of pictures", "打开图片文件夹";
    OR_DROP = "or drop a folder, a picture or a .limn file here", "或将文件夹、图片或 .limn 文件拖到这里";
    FIRST_CLICKS = "Left click on a thing: it belongs to the object. Right click: it does not.", "左键点击：属于物体。右键点击：不属于。";
    FIRST_KEYS = "Enter accepts the mask, digits choose the class, F1 shows all keys.", "Enter 接受掩膜，数字键选择类别，F1 显示所有按键。";

    PICTURES = "Pictures", "图片";
    DONE_OF = "{0} of {1} done", "已完成 {0} / {1}";
    SEARCH = "Search", "搜索";
    SEARCH_PICTURES = "Search pictures", "搜索图片";
    NO_PICTURES = "No pictures in this folder", "此文件夹中没有图片";
    NOTHING_FOUND = "Nothing found", "没有找到";
    STATE_MISSING = "missing", "缺失";
    STATE_DONE = "done", "已完成";
    STATE_OPEN = "open", "未完成";
    STATE_CHECKED = "checked", "已审核";
    STATE_REJECTED = "rejected", "已退回";
    PICTURE_TIP = "{0} x {1}, {2}, {3}", "{0} x {1}，{2}，{3}";
    PREVIOUS_PICTURE = "Previous picture", "上一张图片";
    NEXT_PICTURE = "Next picture", "下一张图片";

    SEARCH_HINT = "Path, tag, remark or class", "路径、标签、备注或类别";
    FILTER_MORE = "More conditions", "更多条件";
    FILTER_CLEAR = "List all pictures", "列出所有图片";
    FILTER_ANY = "any", "不限";
    FILTER_CLASS = "Class", "类别";
    FILTER_TAG = "Tag", "标签";
    FILTER_ATTRIBUTE = "Attribute", "属性";
    FILTER_VALUE = "with the value", "属性值";
    FILTER_AREA = "Pixels", "像素";
    FILTER_AREA_MOST = "Largest area in pixels", "最大面积（像素）";
    FILTER_REMARK = "with a remark", "有备注";
    FILTER_EMPTY = "without objects", "没有物体";
    FILTER_PROBLEMS = "with problems", "有问题";
    SHOWN_OF = "{0} of {1} shown", "显示 {0} / {1}";
    MARK_AS = "Mark as {0}", "标为{0}";
    REMARK = "Remark", "备注";
    TAGS = "Tags", "标签";
    TAGS_HINT = "Words between commas", "用逗号分隔";
    PICTURE_ATTRIBUTES = "Attributes of the picture ({0})", "图片属性（{0}）";
    REMOVE_ATTRIBUTE = "Remove attribute {0}", "删除属性 {0}";
    NEW_ATTRIBUTE = "New: name = value", "新建：名称 = 值";
    COPY_TO_NEXT = "Copy objects to the next picture", "将物体复制到下一张图片";
    THUMBNAILS = "Thumbnails", "缩略图";

    PROBLEMS = "Problems", "问题";
    PROBLEMS_HINT = "Looks for empty, doubled and overlapping objects, slivers, unknown classes, files that are missing or have another size. Nothing is changed.", "查找空物体、重复和重叠的物体、碎片、未知类别，以及缺失或尺寸不符的文件。不会更改任何内容。";
    PROBLEMS_NONE = "Nothing is wrong.", "没有发现问题。";
    PROBLEMS_OLD = "The data set has changed since.", "此后数据集已有更改。";
    PROBLEMS_ALL = "All ({0})", "全部（{0}）";
    PROBLEMS_KIND = "Kind of problem", "问题类型";
    CHECK = "Check all", "全部检查";
    CHECK_AGAIN = "Check again", "重新检查";
    CHECK_FILES = "the files too", "包括文件";
    FOUND_MISSING_FILE = "missing file", "文件缺失";
    FOUND_UNREADABLE_FILE = "unreadable file", "文件无法读取";
    FOUND_WRONG_SIZE = "wrong size", "尺寸不符";
    FOUND_EMPTY = "empty", "空物体";
    FOUND_UNKNOWN_CLASS = "unknown class", "未知类别";
    FOUND_SLIVER = "sliver", "碎片";
    FOUND_OUT_OF_BOUNDS = "out of bounds", "超出边界";
    FOUND_DUPLICATE = "duplicate", "重复";
    FOUND_OVERLAP = "overlap", "重叠";

    HISTORY = "History", "历史记录";
    HISTORY_EMPTY = "Nothing was done yet. Every change will be listed here.", "还没有任何操作。每次更改都会列在这里。";
    HISTORY_NOTE = "A click goes there; what is struck through can be done again.", "点击可回到该处；带删除线的可以重做。";
    HISTORY_START = "Beginning", "起点";
    HISTORY_GO = "Step {0}: {1}", "第 {0} 步：{1}";

    CLASSES = "Classes", "类别";
    NO_CLASSES = "No classes yet. Type a name below; without one, the first object gets the class \"object\".", "还没有类别。请在下方输入名称；否则第一个物体归入类别“物体”。";
    ADD_CLASS = "Add class", "添加类别";
    NEW_CLASS = "New class", "新类别";
    NEW_CLASS_NAME = "New class name", "新类别名称";
    CLASS_NAMED = "Class {0}", "类别 {0}";
    NAME_OF_CLASS = "Name of class {0}", "类别 {0} 的名称";
    DELETE_CLASS_NAMED = "Delete class {0}", "删除类别 {0}";
    RENAME_CLASS_NAMED = "Rename class {0}", "重命名类别 {0}";
    COLOUR_OF_CLASS = "Colour of class {0}", "类别 {0} 的颜色";
    COLOUR_NUMBER = "Colour {0}", "颜色 {0}";
    CHANGE_COLOUR = "Change the colour", "更改颜色";
    CLASS_TIP = "{0}. Double click renames.", "{0}。双击可重命名。";
    CLASS_TIP_KEY = "{0} (key {1}). Double click renames.", "{0}（按键 {1}）。双击可重命名。";

    OBJECTS = "Objects", "物体";
    NO_OBJECTS = "Click on a thing in the picture; Enter accepts its mask.", "点击图片中的物体；按 Enter 接受其掩膜。";
    OBJECT_NUMBER = "Object {0}, {1}", "物体 {0}，{1}";
    OBJECT_CORRECTING = "{0} (correcting)", "{0}（修正中）";
    SHOW_OBJECT = "Show object {0}", "显示物体 {0}";
    HIDE_OBJECT = "Hide object {0}", "隐藏物体 {0}";
    OBJECT_TIP = "{0}, {1} px, {2}. Double click re-opens it.", "{0}，{1} 像素，{2}。双击可重新打开。";
    CLASS_OF_OBJECT = "Class of the object", "物体的类别";
    DELETE_OBJECT = "Delete object", "删除物体";
    OBJECT_DOWN = "Object one down", "物体下移一层";
    OBJECT_UP = "Object one up", "物体上移一层";
    REOPEN_OBJECT = "Re-open object for more clicks", "重新打开物体以继续点击";

    DIFFICULT = "difficult", "难以辨认";
    CROWD = "crowd", "群体";
    TRUNCATED = "truncated", "截断";
    GROUP = "Group", "组";
    GROUP_NEW = "New group of the selected objects", "将所选物体编为新组";
    LAYER = "layer {0}", "第 {0} 层";
    NO_ANSWER = "not said", "未填写";
    NEW_OBJECT_ATTRIBUTE = "New attribute: name = value", "新属性：名称 = 值";
    SELECTED_COUNT = "{0} selected:", "已选 {0} 个：";
    UNION = "Union", "并集";
    SUBTRACT = "Subtract", "差集";
    INTERSECT = "Intersect", "交集";
    EXCLUDE = "Exclude", "异或";
    MASK = "Mask", "掩膜";
    MASK_HINT = "Acts on the object at hand and on those to come", "作用于当前物体及之后的物体";
    THRESHOLD = "Threshold", "阈值";
    LARGEST_PART = "Largest part only", "仅保留最大部分";
    FILL_HOLES = "Fill holes", "填充孔洞";
    SMALLEST_PART = "Smallest part", "最小部分";

    ENGINE_STARTING = "Starting the engine", "正在启动引擎";
    ENGINE_BECAUSE = "{0}\nChosen because: {1}", "{0}\n选择原因：{1}";
    ENGINE_NONE = "No engine is running", "没有引擎在运行";
    TRY_AGAIN = "Try again", "重试";
    LAST_CLICK_TIME = "last click {0} ms (network {1} ms)", "上次点击 {0} 毫秒（网络 {1} 毫秒）";

    OBJECT_ONE = "{0} object", "{0} 个物体";
    OBJECT_MANY = "{0} objects", "{0} 个物体";
    PICTURE_ONE = "{0} picture", "{0} 张图片";
    PICTURE_MANY = "{0} pictures", "{0} 张图片";
    CLASS_ONE = "{0} class", "{0} 个类别";
    CLASS_MANY = "{0} classes", "{0} 个类别";
}
