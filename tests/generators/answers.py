"""What the firm's clients ask again and again, with the answers, in three languages."""

from datetime import timedelta

from .enrolment import PORTAL_LOGINS
from .world import World

LANGUAGES = ("en_US", "zh_CN", "zh_TW")

# Category; question and answer in English, 简体 and 繁體; other words by which it is found.
ANSWERS = (
    (
        "tax",
        "When do we have to file VAT?",
        "<p>By the <b>15th</b> of the following month; where that is a holiday, by the next "
        "working day. Small taxpayers file by quarter. We file for you as soon as you have "
        "confirmed the sales; please do that by the <b>8th</b>.</p>",
        "增值税什么时候申报？",
        "<p>次月 <b>15 日</b>前申报，遇节假日顺延到下一个工作日；小规模纳税人按季申报。"
        "您确认销售额后我们即为您申报，请在每月 <b>8 日</b>前确认。</p>",
        "增值稅什麼時候申報？",
        "<p>次月 <b>15 日</b>前申報，遇假日順延至下一個工作日；小規模納稅人按季申報。"
        "您確認銷售額後我們即為您申報，請於每月 <b>8 日</b>前確認。</p>",
        "deadline tax return sales 截止 报税 期限",
    ),
    (
        "invoice",
        "An invoice (fapiao) has a wrong name or amount. What now?",
        "<ol><li>Do not use it, and do not throw it away.</li><li>Send us its number and what is "
        "wrong.</li><li>We issue a red-letter fapiao that cancels it, and then the right one. If "
        "your customer has claimed it already, he has to confirm the red letter first.</li></ol>",
        "发票开错了抬头或金额怎么办？",
        "<ol><li>先不要使用，也不要丢弃。</li><li>把发票号码和错误内容发给我们。</li>"
        "<li>我们开具红字发票冲回，再开正确的。对方已抵扣的，需要对方先确认红字信息。</li></ol>",
        "發票開錯了抬頭或金額怎麼辦？",
        "<ol><li>先不要使用，也不要丟棄。</li><li>將發票號碼與錯誤內容傳給我們。</li>"
        "<li>我們開立紅字發票沖銷，再開立正確的。對方已扣抵者，須由對方先確認紅字資訊。</li></ol>",
        "correct cancel red letter mistake 红冲 作废 重开 更正",
    ),
    (
        "tax",
        "How do we prepay corporate income tax?",
        "<p>Within 15 days after each quarter, on the profit of the year so far. The year is "
        "settled by <b>31 May</b>: what was paid too much is refunded or set off.</p>",
        "企业所得税怎么预缴？",
        "<p>每季度结束后 15 日内，按本年累计利润预缴。"
        "次年 <b>5 月 31 日</b>前汇算清缴，多退少补。</p>",
        "企業所得稅怎麼預繳？",
        "<p>每季結束後 15 日內，依本年累計利潤預繳。"
        "次年 <b>5 月 31 日</b>前結算申報，多退少補。</p>",
        "profit quarter settlement annual 汇算清缴 季度",
    ),
    (
        "payroll",
        "What do you need from us for payroll, and by when?",
        "<p>By the <b>20th</b>: who joined and who left, days of absence, bonuses and allowances. "
        "The sheet is in your folder; without a change we take last month's figures.</p>",
        "做工资需要我们提供什么，什么时候给？",
        "<p>每月 <b>20 日</b>前：入职和离职人员、缺勤天数、奖金和补贴。表格在您的文件夹里；"
        "没有变动的按上月数据。</p>",
        "計算薪資需要我們提供什麼，什麼時候給？",
        "<p>每月 <b>20 日</b>前：到職與離職人員、缺勤天數、獎金與津貼。表格在您的資料夾；"
        "沒有異動則依上月資料。</p>",
        "salary wages bonus cut-off 薪资 工资表 截止",
    ),
    (
        "payroll",
        "How is an annual bonus taxed?",
        "<p>Once a year a bonus can be taxed by itself, at the rate of a twelfth of it, or "
        "together with the salary of the year. Which is less depends on the salary: send us both "
        "figures and we calculate both.</p>",
        "年终奖怎么交个税？",
        "<p>每年可以有一次单独计税（按奖金除以十二找税率），也可以并入综合所得。"
        "哪种更省取决于全年工资：把两个数字发给我们，我们两种都算给您看。</p>",
        "年終獎金怎麼繳個人所得稅？",
        "<p>每年可有一次單獨計稅（以獎金除以十二對照稅率），也可併入綜合所得。"
        "何者較省取決於全年薪資：請將兩個數字傳給我們，我們兩種都算給您看。</p>",
        "income tax 13th month 个人所得税 奖金",
    ),
    (
        "payroll",
        "A new employee starts. What about social insurance and housing fund?",
        "<p>Send us the identity card, the labour contract and the first day of work within "
        "<b>five working days</b>. Who starts by the 15th is insured for that month, others from "
        "the next month on.</p>",
        "新员工入职，社保和公积金怎么办？",
        "<p>请在入职后 <b>五个工作日</b>内把身份证、劳动合同和入职日期发给我们。"
        "15 日前入职的当月参保，之后入职的次月参保。</p>",
        "新員工到職，社會保險與住房公積金怎麼辦？",
        "<p>請於到職後 <b>五個工作日</b>內將身分證件、勞動合約與到職日期傳給我們。"
        "15 日前到職者當月投保，之後到職者次月投保。</p>",
        "hire join register insurance 社会保险 增员 参保",
    ),
    (
        "payroll",
        "An employee leaves. What do we have to do?",
        "<p>Tell us the last day before it comes. We stop social insurance and housing fund, work "
        "out the last salary and unused leave, and prepare the leaving certificate.</p>",
        "员工离职要办什么手续？",
        "<p>请在最后工作日之前告诉我们。我们停缴社保和公积金，结算最后一个月工资和未休年假，"
        "并准备离职证明。</p>",
        "員工離職要辦什麼手續？",
        "<p>請在最後工作日之前告訴我們。我們停繳社會保險與公積金，結算最後薪資與未休特休，"
        "並準備離職證明。</p>",
        "resign quit termination 减员 停缴 离职证明",
    ),
    (
        "report",
        "Which receipts can we book, and how do we hand them in?",
        "<p>Fapiaos with your company's name and tax number; tickets of trains and planes with the "
        "traveller's name. Take a picture or forward the e-fapiao to us, one mail a week is "
        "enough. Paper originals come with the monthly folder.</p>",
        "哪些票据可以报销入账，怎么给你们？",
        "<p>抬头和税号是贵公司的发票；写明旅客姓名的火车票和机票行程单。拍照或把电子发票转发给我们，"
        "每周一次即可。纸质原件随每月资料一起给。</p>",
        "哪些單據可以報銷入帳，怎麼給你們？",
        "<p>抬頭與稅號為貴公司的發票；寫明旅客姓名的火車票與機票行程單。拍照或將電子發票轉寄給我們，"
        "每週一次即可。紙本正本隨每月資料一併提供。</p>",
        "expenses travel e-fapiao documents 报销 电子发票 差旅",
    ),
    (
        "report",
        "When do we get the monthly statements?",
        "<p>Balance sheet, profit and loss and the tax overview are in the portal by the "
        "<b>12th</b>, if we have your receipts and bank statements by the <b>5th</b>.</p>",
        "每月的财务报表什么时候给？",
        "<p>资产负债表、利润表和税金汇总每月 <b>12 日</b>前放到门户，"
        "前提是 <b>5 日</b>前收到票据和银行对账单。</p>",
        "每月的財務報表什麼時候給？",
        "<p>資產負債表、損益表與稅金彙總每月 <b>12 日</b>前放上入口網站，"
        "前提是 <b>5 日</b>前收到單據與銀行對帳單。</p>",
        "balance sheet profit loss report 资产负债表 利润表",
    ),
    (
        "registry",
        "We change our address. What has to be done?",
        "<p>First the business registration, then tax office, bank and social insurance, in this "
        "order; about three weeks. We need the lease, the owner's certificate and a shareholders' "
        "resolution. Do not move before the tax office has agreed: another district settles your "
        "taxes first.</p>",
        "公司地址变更要怎么办？",
        "<p>先办工商变更，再办税务、银行和社保，顺序不能乱，大约三周。需要租赁合同、产权证明和股东会决议。"
        "跨区搬迁要先在原税务局清税，请不要提前搬。</p>",
        "公司地址變更要怎麼辦？",
        "<p>先辦工商變更，再辦稅務、銀行與社會保險，順序不能亂，約三週。需要租賃合約、產權證明與股東會決議。"
        "跨區搬遷須先於原稅務局清稅，請勿提前搬遷。</p>",
        "move office registration licence 工商变更 注册地址 迁址",
    ),
    (
        "registry",
        "What is the annual report to the registry, and when is it due?",
        "<p>Between 1 January and <b>30 June</b> each company reports on the public register: "
        "address, staff, capital, totals of the accounts. We file it for you and ask you once for "
        "what we cannot know. Who is late is listed as irregular.</p>",
        "工商年报是什么，什么时候报？",
        "<p>每年 1 月 1 日至 <b>6 月 30 日</b>在公示系统报送：地址、人数、资本和账面合计。"
        "我们替您报，只向您确认一次我们不掌握的内容。逾期会被列入经营异常名录。</p>",
        "工商年報是什麼，什麼時候報？",
        "<p>每年 1 月 1 日至 <b>6 月 30 日</b>於公示系統報送：地址、人數、資本與帳面合計。"
        "我們代您申報，只向您確認一次我們不掌握的內容。逾期會被列入經營異常名錄。</p>",
        "irregular operations register 经营异常 公示",
    ),
    (
        "tax",
        "The tax office calls or wants to visit. What should we say?",
        "<p>Be friendly, take down name, office and number, and say that your bookkeeper calls "
        "back the same day. Hand over nothing and sign nothing before we have seen it. Then file "
        "an <b>emergency</b> here: somebody calls you within the hour.</p>",
        "税务局打电话来或要上门检查，我们怎么说？",
        "<p>客气地记下姓名、税务所和电话，说代理记账公司当天回电。我们看过之前，不要交资料，也不要签字。"
        "然后在这里提交<b>紧急</b>工单，一小时内有人给您回电。</p>",
        "稅務局打電話來或要上門檢查，我們怎麼說？",
        "<p>客氣地記下姓名、稅務所與電話，說代理記帳公司當天回電。我們看過之前，勿交資料，也勿簽名。"
        "然後在此提交<b>緊急</b>工單，一小時內有人回電。</p>",
        "inspection audit visit 稽查 检查 查账",
    ),
)

# What clients have said: number of the answer, how many it helped, how many of these were about
# to write to us, how many it did not help, how many filed after all.
VOTES = ((0, 9, 6, 1, 1), (1, 7, 5, 2, 1), (4, 5, 3, 0, 0), (5, 4, 2, 1, 0), (8, 3, 1, 3, 0))


def write(world: World, categories: dict) -> None:
    """Write the firm's answers, and let some of its clients say whether they helped.

    :param categories: records of the categories of tickets by their codes
    """
    Answer = world.env["loyalty.service.sla.answer"]
    originals = Answer.browse()
    for place, (code, *texts, keywords) in enumerate(ANSWERS):
        pairs = list(zip(texts[::2], texts[1::2], strict=True))
        original = Answer.browse()
        for lang, (question, answer) in zip(LANGUAGES, pairs, strict=True):
            record = Answer.create(
                {
                    "question": question,
                    "answer": answer,
                    "keywords": keywords,
                    "lang": lang,
                    "category_id": categories[code].id if code in categories else False,
                    "sequence": place * 10,
                    "original_id": original.id,
                    "published": True,
                    "published_date": world.walk.now - timedelta(days=200),
                    "published_by_id": world.users["tang"].id,
                }
            )
            original = original or record
        originals |= original
    _vote(world, originals)
    _let_clients_confirm(world)


def _vote(world: World, answers) -> None:
    served = [client for client in world.clients if client.served_on(world.today)]
    random = world.random("answers")
    for place, helped, filing, other, filed in VOTES:
        answer = answers[place]
        people = random.sample(served, min(len(served), helped + other))
        for number, client in enumerate(people):
            partner = world.contacts[client.number][0]
            own = answer if partner.lang == "en_US" else answer.translation_ids[:1]
            vote = own.vote_ids._cast(own, partner, number < helped, number < filing)
            vote.day = world.today - timedelta(days=random.randrange(90))
            vote.filed = number < filed


def _let_clients_confirm(world: World) -> None:
    """Of the tickets that were closed last, some clients say that they are solved, and how well.

    The ones of the portal's logins are left to whoever looks around there.
    """
    left = set(PORTAL_LOGINS.values())
    firms = [world.partners[client.number].id for client in world.clients if client.number in left]
    tickets = world.env["helpdesk.ticket"].search(
        [
            ("closed", "=", True),
            ("loyalty_ticket_type", "!=", "complaint"),
            ("commercial_partner_id", "not in", firms),
        ],
        order="closed_date DESC, id DESC",
        limit=30,
    )
    random = world.random("confirmations")
    for ticket in tickets:
        if random.random() < 0.6 and ticket._loyalty_can_confirm():
            rating = random.choices(("5", "4", "3", "2"), (10, 6, 2, 1))[0]
            ticket.loyalty_confirmation = "confirmed"
            ticket.loyalty_confirmation_date = world.walk.now
            ticket.loyalty_rating = rating
