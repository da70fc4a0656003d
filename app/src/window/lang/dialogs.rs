//! Dialogs.

texts! {
    CLOSE = "Close", "关闭";
    CANCEL = "Cancel", "取消";
    CHOOSE = "Choose ...", "选择 ...";
    DISMISS = "Dismiss", "关闭消息";

    DELETE_CLASS = "Delete class", "删除类别";
    HAS_CLASS_ONE = "{0} object has the class \"{1}\".", "{0} 个物体属于类别“{1}”。";
    HAS_CLASS_MANY = "{0} objects have the class \"{1}\".", "{0} 个物体属于类别“{1}”。";
    MAKE_CLASS_FIRST = "Make another class first; its objects need one.", "请先新建另一个类别，供这些物体使用。";
    GIVE_CLASS = "Give them the class", "改为类别";
    CLASS_FOR_OBJECTS = "Class for the objects", "这些物体的新类别";

    EXPORT = "Export", "导出";
    EXPORT_TO = "To", "保存到";
    COCO_AUTO = "Polygons where they are exact, else run lengths", "能精确表示时用多边形，否则用游程编码";
    COCO_RLE = "Run lengths", "游程编码";
    COCO_RLE_PLAIN = "Run lengths, uncompressed", "游程编码（未压缩）";
    COCO_POLYGON = "Polygons only (holes are filled)", "仅多边形（孔洞会被填充）";
    COPY_PICTURES = "Copy the pictures", "复制图片";
    VOID_BAND = "Border of 255 around objects", "物体周围值为 255 的边界";
    VALIDATION = "Pictures for validation", "验证集图片比例";
    MASK_OBJECTS = "One PNG for each object", "每个物体一张 PNG";
    MASK_CLASSES = "One PNG for each picture, class numbers", "每张图片一张 PNG，像素值为类别编号";
    MASK_INSTANCES = "One PNG for each picture, object numbers", "每张图片一张 PNG，像素值为物体编号";
    MASK_COLORS = "One PNG for each picture, class colours", "每张图片一张 PNG，像素为类别颜色";
    POLYGONS = "Polygons on the pixel edges instead of masks", "用像素边缘上的多边形代替掩码";
    ONLY_DONE = "Only pictures that are marked done", "仅导出已完成的图片";
    READ_BACK = "Read the result back and compare every object", "导出后读回并逐个比对物体";
    NO_OBJECTS_YET = "There are no objects yet.", "还没有物体。";

    IMPORT = "Import", "导入";
    IMPORT_FROM = "From", "来源";
    IMPORT_NOTE = "Objects are added to the pictures of this project by name. Everything is one step: undo takes it back.", "按名称将物体加入本项目的图片。整个导入是一步操作，可以撤销。";

    SETTINGS = "Settings", "设置";
    LANGUAGE = "Language", "语言";
    THEME = "Theme", "主题";
    THEME_SYSTEM = "As the desktop", "跟随系统";
    THEME_DARK = "Dark", "深色";
    THEME_LIGHT = "Light", "浅色";
    TEXT_SIZE = "Size of text", "文字大小";
    SIZE_SMALL = "Small", "小";
    SIZE_NORMAL = "Normal", "正常";
    SIZE_LARGE = "Large", "大";
    SIZE_LARGER = "Larger", "更大";
    KEYS = "Keys", "按键";
    HINTS = "Hints", "提示";
    SHOW_HINTS = "Show key hints under the picture", "在图片下方显示按键提示";
    ENGINE = "Engine", "引擎";
    ENGINE_AUTO = "Automatic", "自动";
    ENGINE_GPU = "GPU (wgpu)", "GPU（wgpu）";
    ENGINE_ORT = "ONNX Runtime", "ONNX Runtime";
    ENGINE_REFERENCE = "Reference (slow)", "参考实现（慢）";
    MODEL = "Model", "模型";
    MODEL_NONE = "none found", "未找到";
    FOUND_BY_ITSELF = "found by itself", "自动查找";
    ENGINE_IN_USE = "In use: {0} on {1}. {2}", "正在使用：{0}，设备 {1}。{2}";
    ENGINE_IS_STARTING = "The engine is starting.", "引擎正在启动。";
    ENGINE_NOT_RUNNING = "No engine is running.", "没有引擎在运行。";

    HELP_TITLE = "Keys and mouse", "按键与鼠标";

    STATISTICS = "Statistics", "统计";
    STATISTICS_EMPTY = "There are no objects yet; their numbers will stand here.", "还没有物体；统计数字会显示在这里。";
    STATISTICS_STATES = "{0} pictures by state", "{0} 张图片按状态";
    STATISTICS_NO_OBJECTS = "without objects: {0}", "没有物体：{0}";
    STATISTICS_CLASS = "Class", "类别";
    STATISTICS_AREA = "Median area", "面积中位数";
    STATISTICS_SECONDS = "Median seconds", "用时中位数（秒）";
    STATISTICS_CLICKS = "Mean clicks", "平均点击次数";
    STATISTICS_CHOOSE = "Charts of this class alone", "只看该类别的图表";
    STATISTICS_ALL = "All classes", "所有类别";
    STATISTICS_AREAS = "Area in pixels", "面积（像素）";
    STATISTICS_TIMES = "Seconds per object", "每个物体用时（秒）";
    STATISTICS_CLICK_COUNTS = "Clicks per object", "每个物体点击次数";

    CLASSES_TITLE = "Classes of the data set", "数据集的类别";
    CLASSES_EMPTY = "No classes yet. Add one below, or import a list: a name a line, or COCO categories.", "还没有类别。请在下方添加，或导入列表：每行一个名称，或 COCO 类别。";
    CLASSES_CHOOSE = "Tick a class for its attributes, several to merge them.", "勾选一个类别以编辑其属性，勾选多个以合并。";
    CLASSES_IMPORT = "Import a list ...", "导入列表 ...";
    CLASSES_IMPORT_HINT = "A name a line, name r g b a line, or COCO categories (JSON)", "每行一个名称、每行“名称 r g b”，或 COCO 类别（JSON）";
    CLASSES_EXPORT = "Export the list ...", "导出列表 ...";
    CLASSES_EXPORT_HINT = "name r g b a line; with the ending .json COCO categories", "每行“名称 r g b”；扩展名为 .json 时导出 COCO 类别";
    CLASSES_ADD = "Add", "添加";
    CLASSES_NEW_NAME = "Name of one more class", "要添加的类别名称";
    CLASS_NAME = "Name", "名称";
    CLASS_KEY = "Key", "按键";
    CLASS_GROUP = "Group", "分组";
    CLASS_CHOOSE = "Choose class {0}", "勾选类别 {0}";
    KEY_OF_CLASS = "Key of class {0}", "类别 {0} 的按键";
    GROUP_OF_CLASS = "Group of class {0}", "类别 {0} 的分组";
    ATTRIBUTES_OF = "Attributes asked for objects of class {0}", "类别 {0} 的物体属性";
    ATTRIBUTE_NAME = "Name of attribute {0}", "第 {0} 个属性的名称";
    ATTRIBUTE_KIND = "Kind of attribute {0}", "属性 {0} 的类型";
    ATTRIBUTE_CHOICES = "Choices of attribute {0}", "属性 {0} 的选项";
    ATTRIBUTE_NEW = "Name of a new attribute", "新属性的名称";
    KIND_TEXT = "Text", "文本";
    KIND_NUMBER = "Number", "数字";
    KIND_CHOICE = "Choice", "选项";
    KIND_FLAG = "Yes or no", "是或否";
    SPLIT = "Split off", "拆分";
    SPLIT_NAME = "Name of the class that is split off", "拆分出的类别名称";
    SPLIT_SELECTED = "Make {0} of {1} (selected) the class", "将 {1} 的 {0}（所选）改为类别";
    SPLIT_FILTERED = "Make {0} of {1} (by the filter) the class", "将 {1} 的 {0}（按筛选）改为类别";
    SPLIT_HINT = "Select objects, or set a filter over the list of pictures, and type a name.", "请先选择物体，或在图片列表上方设置筛选，并输入名称。";
    MERGE = "Merge", "合并";
    MERGE_TEXT = "Merge {0} with {1} into", "将 {0}（{1}）合并到";
    MERGE_INTO = "Class that stays", "保留的类别";
    DELETE_OBJECTS_ONE = "Delete the {0} object too", "同时删除这 {0} 个物体";
    DELETE_OBJECTS_MANY = "Delete the {0} objects too", "同时删除这 {0} 个物体";

    PALETTE_TITLE = "Actions", "命令";
    PALETTE_HINT = "Type a few letters of an action", "输入命令名称的几个字";
    KEYS_TITLE = "Change the keys", "更改按键";
    KEYS_NOTE = "Plus records a key, a click on a key removes it. Changes are kept at once.", "点加号录制按键，点按键可删除。更改立即保存。";
    KEYS_RESET_ALL = "All standard keys", "全部恢复默认";
    KEYS_RESERVED = "The digits 1 to 9 choose classes and R shows the bare picture; choose another key.", "数字 1 到 9 用于选择类别，R 用于查看原图；请换一个按键。";
    KEYS_TAKEN = "{0} is the key of: {1}.", "{0} 已用于：{1}。";
    KEYS_TAKE = "Use it for: {0}", "改用于：{0}";
    KEYS_LEAVE = "Leave it", "保持不变";
    KEYS_REMOVE = "Remove {0} from: {1}", "从“{1}”移除 {0}";
    KEYS_PRESS = "Press a key (Esc: none)", "请按键（Esc 取消）";
    KEYS_ADD = "Add a key for: {0}", "为“{0}”添加按键";
    KEYS_RESET = "Standard keys for: {0}", "“{0}”恢复默认按键";

    ASK_FOLDER = "Open a folder of pictures", "打开图片文件夹";
    ASK_PICTURE = "Open a picture", "打开图片";
    ASK_PROJECT = "Open a project", "打开项目";
    ASK_EXPORT_TO = "Export to folder", "导出到文件夹";
    ASK_IMPORT_FILE = "Import from file", "从文件导入";
    ASK_IMPORT_FOLDER = "Import from folder", "从文件夹导入";
    ASK_ORT = "ONNX Runtime library", "ONNX Runtime 库";
    FILTER_PICTURES = "Pictures", "图片";
    FILTER_PROJECT = "Limn project", "Limn 项目";
}
