"""What staff write down about clients that speak English, line by line of the vocabulary."""

from . import vocabulary
from .clients import Client

LINES = {
    # Calls and chats
    "确认本月进项发票已齐，可以申报": "All purchase invoices of the month are here, ready to file",
    "提醒15号前完成申报，客户已把银行流水发来": "Reminded of the 15th, got the bank statement",
    "解释小规模减免政策，客户很满意": "Explained the relief for small taxpayers, very satisfied",
    "问员工社保增员怎么办，已发操作说明": "How to add staff to social insurance; sent a guide",
    "客户感谢上次帮忙处理税务系统异常": "Thanks for the help with the error in the tax system",
    "核对应收账款余额，一致": "Compared the balance of receivables, it agrees",
    "讨论季度利润，预缴所得税金额已确认": "Profit of the quarter; prepaid income tax confirmed",
    "咨询研发费用加计扣除，约下周面谈": "Asked about the R&D super deduction; we meet next week",
    "客户朋友也想找代账，约了见面": "A friend of the client looks for a bookkeeper; we meet",
    "确认年报信息，联系人电话已更新": "Confirmed the annual report, new phone number noted",
    "发送上月财务报表，客户已查收": "Sent last month's statements, received",
    "数电发票额度申请通过，告知客户": "The e-invoice quota was granted, told the client",
    "说明汇算清缴需要的材料清单": "Went through the papers for the annual tax settlement",
    "客户开了分店，问要不要单独建账": "They opened a branch: does it need books of its own?",
    "催收银行回单，客户说这周发": "Asked for bank receipts, they come this week",
    "通知发票额度调整，客户没有疑问": "Told about the new invoice quota, no questions",
    "问个税申报人数有没有变化": "Asked whether the head count for income tax has changed",
    "提醒合同快到期，客户说再看看": "Reminded of the end of the agreement, they will see",
    "发送报表，已读未回": "Sent the statements, read without an answer",
    "询问工商年报进度，答复处理中": "Asked about the annual report, it is in progress",
    "客户出差，下周再联系": "Travelling, we speak next week",
    "确认开票信息变更": "Confirmed the new invoicing details",
    "客户抱怨回复慢，说问了三天没人答": "Complains of slow answers: asked three days ago",
    "客户问为什么比别家贵，要求优惠": "Asks why we cost more than others, wants a discount",
    "客户说报表又有错，语气不好": "Another mistake in the statements, was annoyed",
    "电话未接，微信未回": "Did not pick up, did not answer on WeChat",
    "客户问合同到期后能不能不续": "Asked whether the agreement can simply end",
    "客户说换了对接人，什么都要重新讲一遍": "New contact on our side: has to explain all again",
    "催款，客户说资金紧张，月底再说": "Reminded of payment, money is tight until month's end",
    "客户要求把历年账簿备份发给他": "Wants a copy of the books of all years",
    # Visits and meetings
    "上门取凭证，顺便讲了新政策": "Fetched vouchers, explained the new rules",
    "拜访老板，了解明年扩张计划": "Saw the owner about the plans for next year",
    "现场盘点固定资产": "Counted fixed assets on site",
    "送年度财税分析报告": "Brought the annual tax review",
    "陪同客户去税务局办事": "Went to the tax office together",
    "季度经营分析会": "Quarterly review with",
    "汇算清缴沟通会": "Annual tax settlement with",
    "税务风险自查沟通": "Tax risk check with",
    "续约沟通": "Renewal talk with",
    "新政策解读": "New rules explained to",
    "开户与税务登记安排": "Bank account and tax registration of",
    # Complaints and praise
    "申报表填错，导致多缴税款": "Wrong entry in the return, too much tax paid",
    "报表数据与开票金额对不上": "The statements do not agree with the invoices",
    "漏报一笔收入，被税务局提醒": "Income left out, the tax office wrote",
    "问题提了三天没有人回复": "Nobody answered for three days",
    "急事找不到人，电话一直没人接": "Urgent, and nobody picked up the phone",
    "答应周五给结果，拖到下周三": "Promised for Friday, came on Wednesday",
    "续约涨价没有提前说明": "The price went up without notice",
    "额外收取加急费，事先没有告知": "An express fee that nobody had mentioned",
    "换了三个会计，每次都要重新交接": "Third accountant, each time from the beginning",
    "新会计不了解我们的业务": "The new accountant does not know our business",
    "客服态度敷衍，问题没讲清楚": "Brushed off, the question was not answered",
    "发票寄错地址": "The invoice went to the wrong address",
    "通知发得太晚，差点错过申报期": "Told so late that the filing nearly failed",
    "送来锦旗，感谢帮忙追回多缴税款": "A banner of thanks for the tax that we got back",
    "微信表扬：回复快，讲得清楚": "Praise on WeChat: quick and clear",
    "老板当面称赞会计认真负责": "The owner praised the accountant in person",
    "邮件感谢出口退税提前到账": "Thanks by mail: the export refund came early",
    # Occasions
    "数电发票操作培训": "Training on e-invoices",
    "个税汇算清缴讲座": "Lecture on the settlement of income tax",
    "小微企业优惠政策解读": "Relief for small companies explained",
    "出口退税新规培训": "Training on the new rules for export refunds",
    "客户答谢会": "Client reception",
    "老板财税沙龙": "Tax salon for owners",
    "新年茶话会": "New Year tea party",
    "中秋月饼礼盒": "Mooncakes for Mid-Autumn",
    "春节台历与红包": "Calendar and red envelope for New Year",
    "端午粽子礼盒": "Zongzi for the Dragon Boat Festival",
    "客户周年纪念茶礼": "Tea for the anniversary",
    "票据提前三天交齐": "All papers came three days early",
    "感谢多年合作": "Thank you for many years with us",
    "关于本季度报表的几个问题": "A few questions about the statements of this quarter",
    "代理记账": "Bookkeeping",
    # Rewards
    "送到前台即可": "Please leave it at the front desk",
    "请在周五之前送来": "Before Friday, please",
    "王会计参加": "Our accountant takes the seat",
    "本批次已送完，积分已退回，欢迎改选其他奖励": "Sold out, please choose another reward",
    # On the way out
    "客户收到别家报价，便宜三分之一，问能不能降价": "Has an offer a third below ours",
    "增值税申报表填错，多缴了税款，要求更正申报": "VAT return wrong, wants it corrected",
    "个税又申报错了，第二次，客户很不满意": "Income tax filed wrongly a second time, very unhappy",
    "客户说原来的会计走了，什么都要重新讲一遍": "Our accountant left, has to tell all again",
    "新会计不熟悉我们的业务，交接没做好": "The new accountant was not briefed on our business",
    "客户说生意不好做，店里只留两个人": "Business is slow, two people are left",
    "客户问公司注销要多久、要哪些材料": "How long does it take to close a company?",
    "朋友给客户介绍了另一家代账，问我们服务有什么不同": "Knows another firm: how do we differ?",
    "客户要求把历年账簿备份发给他，另一家要看": "Wants all the books, another firm is to see them",
    "客户打算自己招会计，问要什么资历": "Plans to hire an accountant, asks what to look for",
    "专职会计已到岗，问账套怎么导出": "Their own accountant has started, how to export?",
    "电话里沟通不愉快，客户要求换人对接": "An unpleasant call, wants somebody else",
    "别家报价便宜三分之一": "Another firm is a third cheaper",
    "申报错了两次，不放心了": "Two wrong filings, the trust is gone",
    "总是找不到人": "Nobody was ever there",
    "原来的会计走了，新来的不熟悉": "The accountant left, the new one does not know us",
    "生意不做了，公司注销": "Out of business, the company is closed",
    "朋友介绍了另一家": "A friend recommended another firm",
    "自己招了专职会计": "Has an accountant of its own now",
    "沟通不愉快": "We did not get along",
}


def said(client: Client, line: str) -> str:
    """Return a line of the vocabulary in the language of a client's first contact.

    So no page mixes languages without reason: what is written stays as it is written, and in an
    English file it is written in English.
    """
    return LINES[line] if line and client.people[0].lang == "en_US" else line


def all_lines() -> set[str]:
    """Return every line that staff may write about any client."""
    plain = ("CONTENT", "NEUTRAL", "UNHAPPY", "VISITS", "MEETINGS", "PRAISE", "TRAININGS")
    lists = [getattr(vocabulary, name) for name in (*plain, "CLIENT_EVENTS", "GIFTS")]
    lists += [*vocabulary.COMPLAINTS.values(), vocabulary.LEFT_NOTES.values()]
    signs = (line for told in vocabulary.SIGNS.values() for _days, _code, line in told)
    return {line for lines in lists for line in lines} | set(signs)
