"""The words that the demo firm is made of. Every person and company is invented."""

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_NAMES = [
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
    "刚",
    "建国",
    "晓燕",
    "志强",
    "秀英",
    "海波",
    "雪梅",
    "俊杰",
    "婷婷",
    "家豪",
    "思远",
    "雨桐",
    "子轩",
    "佳怡",
    "国栋",
    "文博",
    "美玲",
    "晓东",
    "丽华",
    "永强",
    "春梅",
    "立新",
    "建华",
    "玉兰",
    "志远",
    "嘉欣",
    "天宇",
    "梦琪",
    "浩然",
    "诗涵",
    "一鸣",
]

# Names of companies: Shanghai + brand + trade + Ltd.
BRANDS = [
    "和瑞",
    "明泽",
    "启航",
    "嘉禾",
    "东岚",
    "云栖",
    "锦程",
    "博远",
    "汇丰源",
    "恒泰",
    "蓝鲸",
    "瑞思",
    "德佑",
    "海纳",
    "盛景",
    "新禾",
    "卓凡",
    "天启",
    "青禾",
    "金穗",
    "星耀",
    "宏图",
    "百川",
    "众合",
    "立信达",
    "万象",
    "朗程",
    "优品",
    "凯越",
    "宝源",
    "中岳",
    "华锐",
    "景行",
    "安和",
    "致远",
    "清源",
    "鼎新",
    "正阳",
    "乐途",
    "慧谷",
    "科睿",
    "元亨",
    "博雅",
    "天成",
    "铭轩",
    "旭日",
    "泽润",
    "康宁",
    "艾森",
    "思齐",
    "弘毅",
    "利达",
    "丰和",
    "佳木",
    "光年",
    "昆仑",
    "长风",
    "九州",
    "三川",
    "百合",
    "橙果",
    "蜂鸟",
    "木棉",
    "苏河",
    "申江",
    "浦悦",
    "徐汇源",
    "静安里",
    "虹桥通",
    "松江汇",
]

# Trades: (words in the company name, xml id of the industry, what an own shop is called)
TRADES = [
    ("餐饮管理", "base.res_partner_industry_I", "面馆"),
    ("电子科技", "base.res_partner_industry_C", "数码维修店"),
    ("国际贸易", "base.res_partner_industry_G", "杂货店"),
    ("建筑装饰", "base.res_partner_industry_F", "五金店"),
    ("文化传播", "base.res_partner_industry_R", "画室"),
    ("信息技术", "base.res_partner_industry_J", "打印店"),
    ("医疗器械", "base.res_partner_industry_G", "便民药房"),
    ("物流", "base.res_partner_industry_H", "快运服务部"),
    ("服饰", "base.res_partner_industry_G", "服装店"),
    ("教育咨询", "base.res_partner_industry_P", "书店"),
    ("广告", "base.res_partner_industry_M", "图文店"),
    ("机械设备", "base.res_partner_industry_C", "修理铺"),
    ("食品", "base.res_partner_industry_C", "点心铺"),
    ("环保工程", "base.res_partner_industry_M", "花店"),
    ("健康管理", "base.res_partner_industry_Q", "理发店"),
]

HIGH_TECH = ("电子科技", "信息技术", "医疗器械", "机械设备", "环保工程")

# Companies with foreign capital: English name, Chinese name, a contact, language of the contact
FOREIGN = [
    ("Weber Precision", "韦伯精密技术（上海）有限公司", "Anna Weber"),
    ("Nordlys Design", "北极光设计（上海）有限公司", "Erik Lindqvist"),
    ("Maple Trading", "枫叶贸易（上海）有限公司", "Claire Tremblay"),
    ("Sakura Foods", "樱之味食品（上海）有限公司", "Kenji Mori"),
    ("Lumen Software", "流明软件（上海）有限公司", "David Harris"),
    ("Costa Verde Wines", "绿岸酒业（上海）有限公司", "Lucia Romero"),
    ("Harbour Freight Consulting", "海港供应链咨询（上海）有限公司", "Grace Tan"),
    ("Alpine Medical", "阿尔派医疗（上海）有限公司", "Marc Keller"),
    ("Kiwi Dairy", "奇异果乳业（上海）有限公司", "Emma Walker"),
    ("Seoul Beauty Lab", "首尔美研（上海）有限公司", "Jiwoo Park"),
]

STREETS = [
    "张江路",
    "浦东南路",
    "漕溪北路",
    "南京西路",
    "淮海中路",
    "延安西路",
    "中山北路",
    "四川北路",
    "长阳路",
    "虹桥路",
    "莘庄工业区春中路",
    "松江区荣乐东路",
    "嘉定区城中路",
    "世纪大道",
    "龙华中路",
    "宜山路",
]

# One line about a call, a chat or a visit; what was said depends on how the client feels.
CONTENT = [
    "确认本月进项发票已齐，可以申报",
    "提醒15号前完成申报，客户已把银行流水发来",
    "解释小规模减免政策，客户很满意",
    "问员工社保增员怎么办，已发操作说明",
    "客户感谢上次帮忙处理税务系统异常",
    "核对应收账款余额，一致",
    "讨论季度利润，预缴所得税金额已确认",
    "咨询研发费用加计扣除，约下周面谈",
    "客户朋友也想找代账，约了见面",
    "确认年报信息，联系人电话已更新",
    "发送上月财务报表，客户已查收",
    "数电发票额度申请通过，告知客户",
    "说明汇算清缴需要的材料清单",
    "客户开了分店，问要不要单独建账",
]
NEUTRAL = [
    "催收银行回单，客户说这周发",
    "通知发票额度调整，客户没有疑问",
    "问个税申报人数有没有变化",
    "提醒合同快到期，客户说再看看",
    "发送报表，已读未回",
    "询问工商年报进度，答复处理中",
    "客户出差，下周再联系",
    "确认开票信息变更",
]
UNHAPPY = [
    "客户抱怨回复慢，说问了三天没人答",
    "客户问为什么比别家贵，要求优惠",
    "客户说报表又有错，语气不好",
    "电话未接，微信未回",
    "客户问合同到期后能不能不续",
    "客户说换了对接人，什么都要重新讲一遍",
    "催款，客户说资金紧张，月底再说",
    "客户要求把历年账簿备份发给他",
]
VISITS = [
    "上门取凭证，顺便讲了新政策",
    "拜访老板，了解明年扩张计划",
    "现场盘点固定资产",
    "送年度财税分析报告",
    "陪同客户去税务局办事",
]
MEETINGS = [
    "季度经营分析会",
    "汇算清缴沟通会",
    "税务风险自查沟通",
    "续约沟通",
    "新政策解读",
    "开户与税务登记安排",
]
COMPLAINTS = {
    "quality": [
        "申报表填错，导致多缴税款",
        "报表数据与开票金额对不上",
        "漏报一笔收入，被税务局提醒",
    ],
    "response": [
        "问题提了三天没有人回复",
        "急事找不到人，电话一直没人接",
        "答应周五给结果，拖到下周三",
    ],
    "price": ["续约涨价没有提前说明", "额外收取加急费，事先没有告知"],
    "staff": ["换了三个会计，每次都要重新交接", "新会计不了解我们的业务"],
    "attitude": ["客服态度敷衍，问题没讲清楚"],
    "other": ["发票寄错地址", "通知发得太晚，差点错过申报期"],
}
PRAISE = [
    "送来锦旗，感谢帮忙追回多缴税款",
    "微信表扬：回复快，讲得清楚",
    "老板当面称赞会计认真负责",
    "邮件感谢出口退税提前到账",
]
TRAININGS = ["数电发票操作培训", "个税汇算清缴讲座", "小微企业优惠政策解读", "出口退税新规培训"]
CLIENT_EVENTS = ["客户答谢会", "老板财税沙龙", "新年茶话会"]
GIFTS = ["中秋月饼礼盒", "春节台历与红包", "端午粽子礼盒", "客户周年纪念茶礼"]

# A ticket: category, subject, what the client writes, what we answer, what the client says to it.
TICKETS = [
    (
        "invoice",
        "发票开错抬头怎么办",
        "我们上周开的一张专票抬头少了一个字，对方要求重开。",
        "您好，可以在电子税务局开具红字信息确认单后重新开票，操作步骤已附上。",
        "好的，已经按步骤办好了，谢谢。",
    ),
    (
        "payroll",
        "员工社保增员",
        "新来两位同事，这个月要交社保，需要什么材料？",
        "请提供身份证号、手机号、入职日期和缴费基数，我们今天内办理。",
        "资料已发，请查收。",
    ),
    (
        "invoice",
        "申请提高发票额度",
        "月底有一个大单，数电发票额度不够。",
        "已为您提交调整申请，税局一般1-2个工作日审核。",
        "收到，麻烦盯一下。",
    ),
    (
        "report",
        "报表看不懂，想了解利润",
        "上个月利润表里管理费用突然高了很多，是什么原因？",
        "主要是一次性计提了全年的装修摊销，明细见附表。",
        "明白了，谢谢解释。",
    ),
    (
        "tax",
        "税务局打电话说申报异常",
        "刚接到专管员电话，说我们增值税申报比对异常。",
        "我们已登录核查，是进项勾选时间差引起，今天会提交情况说明。",
        "好的，处理完请告诉我。",
    ),
    (
        "registry",
        "公司地址变更",
        "我们搬到新办公室了，营业执照和税务怎么变更？",
        "工商和税务变更可以一起办，需要新的租赁合同和产权证复印件。",
        "租赁合同发你微信了。",
    ),
    (
        "refund",
        "出口退税进度",
        "七月份那票货的退税什么时候能到？",
        "单证已备齐并申报，目前在审核，预计两周内到账。",
        "好，到账了通知我们。",
    ),
    (
        "payroll",
        "个税申报人数核对",
        "工资表和个税系统人数对不上，麻烦看一下。",
        "有一位离职人员未做减员，已更正并重新申报。",
        "辛苦了。",
    ),
    (
        "registry",
        "年报需要哪些资料",
        "工商年报是不是要开始了？要准备什么？",
        "是的，请确认联系电话、经营地址和社保人数，其他我们来填。",
        "没有变化，按去年的填。",
    ),
    (
        "report",
        "对公账户回单怎么导出",
        "换了银行，不会导出电子回单。",
        "登录网银后在“电子回单”里选择日期批量下载，图文说明已附上。",
        "可以了，谢谢。",
    ),
    (
        "tax",
        "固定资产一次性扣除",
        "买了一台六十万的设备，可以一次性税前扣除吗？",
        "不超过500万元的新购设备可以一次性扣除，建议结合今年利润决定。",
        "那就按一次性扣除。",
    ),
    (
        "payroll",
        "残保金怎么计算",
        "收到残保金缴费提醒，金额怎么算出来的？",
        "按上年在职职工人数和平均工资计算，您公司30人以下可以免缴，我们来申报。",
        "太好了。",
    ),
    (
        "tax",
        "合同印花税",
        "新签了一份采购合同，印花税要交多少？",
        "购销合同按不含税金额的万分之三，小规模可以减半。",
        "了解。",
    ),
    (
        "invoice",
        "供应商要我们的开票资料",
        "能发一份最新的开票资料吗？",
        "已发到您的邮箱，含税号、地址、开户行和账号。",
        "收到。",
    ),
    (
        "report",
        "库存商品账实不符",
        "盘点发现少了一批货，账上怎么处理？",
        "请先发盘点表，我们根据原因做待处理财产损溢，并考虑进项转出。",
        "盘点表已发。",
    ),
]
TICKETS_ENGLISH = [
    (
        "tax",
        "Withholding tax on a dividend to our parent",
        "Our head office in Europe asks for a dividend. What tax do we withhold?",
        "10 % as a rule, 5 % if the treaty applies. We will file the record of the treaty benefit "
        "before the payment; please send us the board resolution.",
        "Thank you, the resolution is attached.",
    ),
    (
        "payroll",
        "Social insurance for a new foreign employee",
        "A colleague from abroad starts next month. Do we have to register her?",
        "Yes, within 30 days of the work permit. We need the passport, the permit and the "
        "contract; the exemption under the treaty can be filed at the same time.",
        "I have sent you the documents.",
    ),
    (
        "report",
        "Management report in English",
        "Could we have the monthly report in English and in euro, too?",
        "From this month on you get both, converted at the closing rate. A first draft is "
        "attached.",
        "Perfect, that is what our controller needs.",
    ),
    (
        "invoice",
        "Fapiao for a customer without a tax number",
        "A private customer wants a fapiao. What do we enter?",
        "Issue an electronic ordinary fapiao to the person by name; no number is needed.",
        "Done, thanks.",
    ),
    (
        "registry",
        "Change of legal representative",
        "Our managing director changes in spring. How long does it take?",
        "About three weeks: resolution, registry, tax office, bank, customs. We prepare the set.",
        "Please start with it.",
    ),
]
UNSATISFIED_ENGLISH = ["This is still wrong.", "The tax office called again about the same thing."]
UNSATISFIED_REPLIES = [
    "还是不对，税局那边又打电话来了。",
    "你们改的和我说的不一样，请重新处理。",
    "问题没有解决，这是第二次了。",
]
# What a client that leaves lets the firm know on the way, whatever chance has it say besides:
# (days before the last day of service, type of the event, what staff write down).
SIGNS = {
    "price": [
        (140, "wechat", "客户问为什么比别家贵，要求优惠"),
        (75, "call", "客户收到别家报价，便宜三分之一，问能不能降价"),
    ],
    "quality": [
        (120, "complaint", "增值税申报表填错，多缴了税款，要求更正申报"),
        (65, "complaint", "个税又申报错了，第二次，客户很不满意"),
    ],
    "response": [
        (110, "complaint", "问题提了三天没有人回复"),
        (60, "complaint", "急事找不到人，电话一直没人接"),
    ],
    "staff": [
        (80, "call", "客户说原来的会计走了，什么都要重新讲一遍"),
        (45, "complaint", "新会计不熟悉我们的业务，交接没做好"),
    ],
    "closed": [
        (130, "call", "客户说生意不好做，店里只留两个人"),
        (70, "wechat", "客户问公司注销要多久、要哪些材料"),
    ],
    "competitor": [
        (150, "wechat", "朋友给客户介绍了另一家代账，问我们服务有什么不同"),
        (90, "call", "客户要求把历年账簿备份发给他，另一家要看"),
    ],
    "inhouse": [
        (130, "call", "客户打算自己招会计，问要什么资历"),
        (60, "wechat", "专职会计已到岗，问账套怎么导出"),
    ],
    "attitude": [
        (110, "complaint", "客服态度敷衍，问题没讲清楚"),
        (55, "complaint", "电话里沟通不愉快，客户要求换人对接"),
    ],
}
LEFT_NOTES = {
    "price": "别家报价便宜三分之一",
    "quality": "申报错了两次，不放心了",
    "response": "总是找不到人",
    "staff": "原来的会计走了，新来的不熟悉",
    "closed": "生意不做了，公司注销",
    "competitor": "朋友介绍了另一家",
    "inhouse": "自己招了专职会计",
    "attitude": "沟通不愉快",
}

# What clients write in surveys, by how they feel.
PRAISING_WORDS = [
    "回复很快，讲得明白",
    "专业、耐心",
    "省心",
    "Very responsive team",
    "一直合作得很好",
]
MIXED_WORDS = ["整体可以，报表能再早一点就好了", "还行", "希望多提醒政策变化", "价格略高"]
BLAMING_WORDS = [
    "回复太慢",
    "错误太多，不放心",
    "价格比别家贵，服务没有更好",
    "经常换人",
    "投诉了也没有改进",
]
PRAISING_ENGLISH = ["Very responsive team", "Clear answers, and in good English", "No surprises"]
MIXED_ENGLISH = ["Fine, but the reports could come earlier", "Good work, a little expensive"]
BLAMING_ENGLISH = ["Too slow", "The same mistake twice", "We always have to ask"]
