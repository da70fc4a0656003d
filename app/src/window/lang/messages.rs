//! What is told after something was done, and the labels of the history.

texts! {
    SAY_SELECT_FIRST = "Select an object first: in the list, with J and K, or Ctrl + click on it.", "请先选择一个物体：在列表中选择，用 J 和 K 键，或 Ctrl + 单击。";
    SAY_OPEN_FIRST = "Open a folder first.", "请先打开文件夹。";
    SAY_NO_KEY = "No class has the key {0}.", "没有类别使用按键 {0}。";
    SAY_CLASS_USED = "class {0} is used by {1} objects; give them another class first", "类别 {0} 正被 {1} 个物体使用；请先为它们更换类别";
    SAY_WAIT = "Wait for the running task, or cancel it.", "请等待当前任务完成，或取消它。";
    SAY_READ_ONLY = "the project is read only: {0}", "项目是只读的：{0}";
    SAY_CANNOT_DRAW = "nothing can be drawn, the project is read only: {0}", "无法绘制，项目是只读的：{0}";
    SAY_FILE_GONE = "the file is no longer there; put it back or delete its objects: {0}", "文件已不存在；请放回文件或删除其物体：{0}";
    SAY_LAST_PICTURE = "This is the last picture.", "这是最后一张图片。";
    SAY_FIRST_PICTURE = "This is the first picture.", "这是第一张图片。";
    SAY_ALL_DONE = "All pictures are done.", "所有图片均已完成。";
    SAY_FOLDER_CHANGE = "Pictures in the folder: {0}", "文件夹中的图片：{0}";
    SAY_NEW = "{0} new", "新增 {0} 张";
    SAY_GONE = "{0} gone", "消失 {0} 张";
    SAY_RETURNED = "{0} back again", "恢复 {0} 张";
    SAY_NO_MATCH = "No object matches the filter.", "没有符合筛选的物体。";
    SAY_NOTHING_TO_COPY = "There are no objects to copy.", "没有可复制的物体。";
    SAY_OTHER_SIZE = "The next picture has another size; masks cannot be copied.", "下一张图片尺寸不同，无法复制掩膜。";
    SAY_NOW_AT = "History: {0}", "历史记录：{0}";
    SAY_BOX_FIRST = "A box is a first hint: drop the clicks (Esc) before drawing one.", "方框只能作为第一个提示：请先放弃点击（Esc）再画框。";
    SAY_MASK_EMPTY = "The mask is empty: click on the object first.", "掩膜为空：请先点击物体。";
    SAY_NOTHING_TO_UNDO = "There is nothing to undo.", "没有可撤销的操作。";
    SAY_NOTHING_TO_REDO = "There is nothing to redo.", "没有可重做的操作。";
    SAY_UNDONE = "Undone: {0}", "已撤销：{0}";
    SAY_DONE_AGAIN = "Done again: {0}", "已重做：{0}";
    SAY_ACCEPT_FIRST = "Accept (Enter) or drop (Esc) the object at hand first.", "请先接受（Enter）或放弃（Esc）当前物体。";
    SAY_TASK_STOPPED = "the task stopped unexpectedly; what was saved before is untouched", "任务意外停止；之前保存的内容未受影响";
    SAY_SETTINGS_NOT_SAVED = "the settings cannot be saved: {0}: {1}", "无法保存设置：{0}：{1}";
    SAY_NO_FILE_DIALOG = "no file dialog came up (install zenity or a desktop portal); type the path, drop it here, or start limn with it", "无法打开文件对话框（请安装 zenity 或桌面门户）；可输入路径、拖放到此处，或在启动 limn 时指定";
    SAY_NO_FONT = "Some signs cannot be shown: no font with Chinese characters was found. Install Noto Sans CJK, WenQuanYi or another one.", "部分文字无法显示：没有找到中文字体。请安装 Noto Sans CJK、文泉驿或其他中文字体。";

    JOB_OPENING = "Opening {0}", "正在打开 {0}";
    JOB_EXPORTING = "Exporting {0}", "正在导出 {0}";
    JOB_IMPORTING = "Importing {0}", "正在导入 {0}";

    DID_MARK = "Mark {0} {1}", "将 {0} 标为{1}";
    DID_REMARK = "Remark on {0}", "{0} 的备注";
    DID_TAGS = "Tags of {0}", "{0} 的标签";
    DID_PICTURE_ATTRIBUTE = "Attribute {0} of {1}", "{1} 的属性 {0}";
    DID_COPY = "Copy {0} to {1}", "将 {0} 复制到 {1}";
    DID_ADD_CLASS = "Add class {0}", "添加类别 {0}";
    DID_RENAME_CLASS = "Rename class {0}", "重命名类别 {0}";
    DID_RECOLOUR_CLASS = "Recolour class {0}", "更改类别 {0} 的颜色";
    DID_DELETE_CLASS = "Delete class {0}", "删除类别 {0}";
    DID_CHANGE_CLASS = "Change class to {0}", "类别改为 {0}";
    DID_HIDE = "Hide object", "隐藏物体";
    DID_SHOW = "Show object", "显示物体";
    DID_DELETE = "Delete {0}", "删除 {0}";
    DID_UP = "Object up", "物体上移";
    DID_DOWN = "Object down", "物体下移";
    DID_CORRECT = "Correct an object in {0}", "修正 {0} 中的物体";
    DID_ADD = "Add {0} in {1}", "在 {1} 中添加 {0}";
}
