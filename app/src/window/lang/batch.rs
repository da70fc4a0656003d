//! Running a model over the objects of a data set, and deciding where old and new disagree.

texts! {
    BATCH = "Re-annotate", "批量重标注";
    ACT_BATCH = "Re-annotate many objects ...", "批量重标注物体 ...";
    BATCH_NOTE = "The network makes a new mask for every object. Where old and new disagree, the new one waits for you; nothing is replaced before you say so. What is done stays done: stopped, it goes on from there.", "网络为每个物体生成新的掩膜。新旧不一致时，新掩膜等待您决定；未经您确认不会替换。已完成的会保留：中断后可继续。";
    BATCH_FROM = "The network is asked with", "网络的提示";
    BATCH_CLICKS = "the clicks that the objects were made with", "制作物体时的点击";
    BATCH_BOXES = "the box around each object", "物体的外接方框";
    BATCH_MASKS = "the mask of each object, as a rough one", "物体的掩膜（视为粗略）";
    BATCH_NO_CLICKS = "No object has clicks: they were made elsewhere.", "没有物体带有点击：它们来自别处。";
    BATCH_LIMIT = "They disagree below an IoU of", "IoU 低于此值视为不一致";
    BATCH_AGAIN = "Once more for {0} objects that were run so before", "对之前已处理的 {0} 个物体再次运行";
    SCOPE = "Objects", "物体";
    SCOPE_ALL = "of all pictures", "所有图片";
    SCOPE_OPEN = "of open pictures", "未完成的图片";
    SCOPE_FILTERED = "of the pictures in the list", "列表中的图片";
    SCOPE_PICTURE = "of this picture", "当前图片";
    SCOPE_SELECTED = "selected", "所选";
    SCOPE_CLASS = "of one class", "某一类别";
    BATCH_DONE_NONE = "No object was run.", "没有处理任何物体。";
    BATCH_APPLY = "Take the new masks at once", "直接采用新掩膜";
    BATCH_START = "Start", "开始";
    BATCH_WAITING = "{0} masks wait for a decision", "{0} 个掩膜等待决定";
    BATCH_REVIEW = "Go through them", "逐个查看";
    BATCH_DONE = "{0} objects run, {1} disagree, {2} replaced; mean IoU with before {3}.", "已处理 {0} 个物体，{1} 个不一致，{2} 个已替换；与之前的平均 IoU 为 {3}。";
    BATCH_LEFT = "{0} left alone: done before, or without such prompts.", "{0} 个未处理：之前已完成，或没有这种提示。";
    BATCH_FAILED = "{0} pictures could not be read; the log names them.", "{0} 张图片无法读取，详见日志。";
    BATCH_STOPPED = "Stopped; started again it goes on from here.", "已停止；再次开始将从此处继续。";

    BATCH_TAKE_BACK = "Take the last run back", "撤销上次运行";
    JOB_TRAVEL = "Going through the history", "正在历史记录中移动";
    BATCH_LAST_LOG = "Log of the last run", "上次运行的日志";
    LOG_OBJECT = "{0}: {1}, IoU {2}", "{0}：{1}，IoU {2}";
    PAUSE = "Pause", "暂停";
    GO_ON = "Go on", "继续";
    PAUSED = "Paused", "已暂停";
    TIME_LEFT = "about {0} left", "约剩 {0}";
    JOB_BATCH = "Running the network over the objects", "正在对物体运行网络";
    PROPOSAL = "New mask, IoU {0} with the old one", "新掩膜，与旧掩膜的 IoU 为 {0}";
    PROPOSAL_BY = "By {0}", "来自 {0}";
    PROPOSAL_ADDED = "added", "增加";
    PROPOSAL_TAKEN = "taken away", "去掉";
    STATUS_WAITING_ONE = "1 new mask waits", "1 个新掩膜待定";
    STATUS_WAITING = "{0} new masks wait", "{0} 个新掩膜待定";
    PROPOSAL_TAKE = "Take the new one", "采用新的";
    PROPOSAL_KEEP = "Keep the old one", "保留旧的";
    PROPOSAL_NEXT = "Next", "下一个";
    ACT_PROPOSAL_TAKE = "Take the new mask, go to the next", "采用新掩膜并转到下一个";
    ACT_PROPOSAL_KEEP = "Keep the old mask, go to the next", "保留旧掩膜并转到下一个";
    ACT_PROPOSAL_NEXT = "Next mask that waits for a decision", "下一个等待决定的掩膜";
    DID_TAKE = "Take a new mask in {0}", "采用 {0} 中的新掩膜";
    DID_KEEP = "Keep the old mask in {0}", "保留 {0} 中的旧掩膜";
    SAY_NO_PROPOSALS = "No mask waits for a decision.", "没有等待决定的掩膜。";
}
