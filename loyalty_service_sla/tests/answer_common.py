from .common import SlaCommon, SlaFixture


class AnswerFixture(SlaFixture):
    """The service desk of a firm that has answers of its own, and no others."""

    @classmethod
    def _set_up_answers(cls):
        cls._set_up_desk()
        cls.Answer = cls.env["loyalty.service.sla.answer"]
        cls.Answer.search([]).write({"active": False})

    @classmethod
    def add_answer(cls, question, answer="", lang="en_US", **values):
        """Write an answer, published unless said otherwise."""
        return cls.Answer.create(
            {
                "question": question,
                "answer": answer or f"<p>{question}</p>",
                "lang": lang,
                "published": True,
                **values,
            }
        )


class AnswerCommon(AnswerFixture, SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_answers()

    @classmethod
    def _set_up_desk(cls):
        # Once is enough, whichever class asks first.
        return None if hasattr(cls, "policy") else super()._set_up_desk()
