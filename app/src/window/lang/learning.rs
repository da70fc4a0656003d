//! The learning panel.

texts! {
    LEARNING = "Learning", "学习";
    ACT_LEARNING = "Learning panel", "学习面板";
    LEARN_GLOBAL = "Learn from accepted objects", "从已接受的物体学习";
    LEARN_GLOBAL_HINT = "Global parameters: what the objects of this data set look like. An accepted mask is never changed.", "全局参数：此数据集的物体的样子。已接受的掩膜不会改变。";
    LEARN_LOCAL = "Adapt to the clicks of the object at hand", "适应当前物体的点击";
    LEARN_LOCAL_HINT = "Local parameters: from the second click on, dropped when the object is accepted", "局部参数：从第二次点击开始，接受物体后丢弃";
    LEARN_PER_CLASS = "One learned state per class", "每个类别分别学习";
    LEARN_PER_CLASS_HINT = "For classes that look different. A class begins with what was learned for all, then its own objects teach it. The figures below are those of the class at hand.", "用于样子不同的类别。每个类别从已学习的内容开始，之后从同类别的物体学习。下面是当前类别的数据。";
    LEARN_CLASS = "Class", "类别";
    LEARN_ALL_CLASSES = "all together", "全部";
    LEARN_NOTHING = "Nothing was learned yet. Accept objects that you made with clicks; each teaches the next ones.", "尚未学习。请接受用点击做出的物体；每个都会帮助后面的物体。";
    LEARN_OBJECTS = "Objects learned from", "已学习的物体";
    LEARN_WAITING = "{0} waiting", "{0} 个等待中";
    LEARN_VERSION = "Version in force", "当前版本";
    LEARN_NONE = "none", "无";
    LEARN_TRUST = "Weight of what was learned", "所学内容的权重";
    LEARN_TRUST_HINT = "At the first click, the next two, and later ones. It is earned: judged on objects before they are learned from.", "第一次点击、随后两次以及之后。权重由效果决定：在学习物体之前先评判。";
    LEARN_LOCAL_TRUST = "Weight of adapting to clicks", "适应点击的权重";
    LEARN_LOCAL_TRUST_HINT = "At the second and third click, and later ones. It is earned in the same way.", "随后两次点击以及之后。同样由效果决定。";
    LEARN_CLICKS = "Clicks per object", "每个物体的点击数";
    LEARN_CLICKS_NOW = "{0} lately", "最近 {0}";
    LEARN_GAIN = "IoU against the network without learning", "与未学习的网络相比的 IoU";
    LEARN_GAIN_NOW = "{0} lately, on the last {1} objects", "最近 {1} 个物体为 {0}";
    LEARN_VERSIONS = "Versions", "版本";
    LEARN_VERSION_ROW = "Version {0}: {1} objects, gain {2}", "版本 {0}：{1} 个物体，增益 {2}";
    LEARN_GO_BACK = "Go back to version {0}", "回到版本 {0}";
    LEARN_BACK = "Go back", "回到";
    LEARN_RESET = "Forget everything", "全部忘记";
    LEARN_RESET_SURE = "Really forget?", "确定忘记？";
    LEARN_IMPORT = "Take over ...", "导入 ...";
    LEARN_IMPORT_HINT = "From another project (.limn) or a file of what was learned", "来自另一个项目（.limn）或学习文件";
    LEARN_EXPORT = "Write to a file ...", "导出到文件 ...";
    LEARN_COMPARE = "Hold Q: the mask as the network without learning would have it", "按住 Q：未学习的网络会给出的掩膜";
    LEARN_FROZEN = "Without learning", "未学习的网络";
    LEARN_CANNOT = "This model has no output to learn on.", "此模型没有可用于学习的输出。";
    SAY_LEARNING_DONE = "What was learned: {0}", "学习内容：{0}";
    ASK_LEARNED_IN = "Take over what was learned", "导入学习内容";
    ASK_LEARNED_OUT = "Write what was learned", "导出学习内容";
    FILTER_LEARNED = "Learned, projects", "学习内容、项目";
}
