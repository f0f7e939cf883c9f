from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext
from odoo.tools.sql import column_exists

from ..engine import similar as engine

#: So many answers are offered at once.
OFFERED = 5

#: So many words of a description an answer must have.
MENTIONED = 2

#: From this likeness on (0..1) a word is taken for a misspelled one; shorter words are not.
MISSPELLED, SHORTEST = 0.45, 4


class Answer(models.Model):
    """Finding the answers that are similar to what somebody is asking.

    What an answer can be found by is a ``tsvector`` of the engine's terms, which PostgreSQL keeps
    beside the text of them, with a GIN index. Its own parsers and dictionaries are not asked: they
    know no Chinese, and differ from server to server.
    """

    _inherit = "loyalty.service.sla.answer"

    search_terms = fields.Text(compute="_compute_search_terms", store=True)

    # How many there are to choose from is asked each time.
    _offered = models.Index("(company_id) WHERE published AND active")

    def init(self):
        """Give the table the columns that are searched. The database fills them from the terms.

        One of all terms, and a short one of those of the question: what matters most is compared
        without unpacking what is long.
        """
        for name, vector in (
            ("search_vector", SQL("search_terms::tsvector")),
            ("head_vector", SQL("ts_filter(search_terms::tsvector, '{a}')")),
        ):
            column = SQL.identifier(name)
            if not column_exists(self.env.cr, self._table, name):
                self.env.cr.execute(
                    SQL(
                        """
                        ALTER TABLE loyalty_service_sla_answer
                         ADD COLUMN %s tsvector GENERATED ALWAYS AS (%s) STORED
                        """,
                        column,
                        vector,
                    )
                )
            self.env.cr.execute(
                SQL(
                    """
                    CREATE INDEX IF NOT EXISTS %s ON loyalty_service_sla_answer USING gin (%s)
                    """,
                    SQL.identifier(f"loyalty_service_sla_answer_{name}"),
                    column,
                )
            )

    @api.depends("question", "keywords", "answer")
    def _compute_search_terms(self):
        for answer in self:
            head = f"{answer.question or ''}\n{answer.keywords or ''}"
            answer.search_terms = engine.vector(head, html2plaintext(answer.answer or ""))

    @api.model
    def _find_similar_sudo(self, question, limit=OFFERED):
        """Return the answers that a reader may see and that are similar to a question, best first.

        A few queries, however many answers there are and are found.
        """
        asked = engine.asked(question)
        if not asked:
            return self.browse().sudo()  # sudo: nothing, of the kind that callers expect
        self.flush_model()
        counts, total = self._count_terms(asked)
        ids = self._search_by_terms(asked, counts, total, limit)
        if not ids:
            ids = self._search_misspelled([term for term in asked if not counts[term]], limit)
        # sudo: see _get_offered_sudo; both searches keep to what is offered.
        found_sudo = self.browse(ids).sudo()
        found_sudo.fetch(["question", "answer", "category_id", "lang"])
        return found_sudo

    @api.model
    def _find_mentioned_sudo(self, text, limit=OFFERED):
        """Return the answers that are about what a longer text mentions, best first.

        A description has many words that no answer has, and one that some answer has by chance:
        only words that answers have count, and at least two of them must be in the answer.
        """
        asked = engine.asked(text)
        nothing_sudo = self.browse().sudo()  # sudo: nothing, of the kind that callers expect
        if len(asked) < MENTIONED:
            return nothing_sudo
        self.flush_model()
        counts, total = self._count_terms(asked)
        known = {term: typed for term, typed in asked.items() if counts[term]}
        if len(known) < MENTIONED:
            return nothing_sudo
        found = {term: counts[term] for term in known}
        # sudo: see _find_similar_sudo.
        return self.browse(self._search_by_terms(known, found, total, limit, MENTIONED)).sudo()

    def _is_offered(self, alias):
        """Return the condition of ``_get_offered_domain`` for a table by that name."""
        return SQL(
            "%(alias)s.published AND %(alias)s.active AND %(alias)s.company_id IN %(companies)s",
            alias=SQL.identifier(alias),
            companies=tuple(self.env.companies.ids) or (0,),
        )

    def _search_by_terms(self, asked, counts, total, limit, least=1):
        """Return the ids of answers that cover enough of the asked terms, best first.

        :param dict asked: see :func:`engine.similar.asked`
        :param dict counts: see :meth:`_count_terms`
        :param int least: so many of the terms an answer must have
        """
        shares = engine.weights(counts, total)
        known = [term for term in asked if counts[term]]
        if engine.HEAD * sum(shares[term] for term in known) < engine.SIMILAR:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                WITH asked AS (
                    SELECT query::tsquery, share
                      FROM UNNEST(%(queries)s::text[], %(shares)s::float[]) AS asked (query, share)
                ),
                hit AS (
                    SELECT answer.id, query, share * %(body)s AS part
                      FROM asked
                      JOIN loyalty_service_sla_answer answer ON answer.search_vector @@ query
                     WHERE %(offered)s
                 UNION ALL
                    SELECT answer.id, query, share * %(more)s
                      FROM asked
                      JOIN loyalty_service_sla_answer answer ON answer.head_vector @@ query
                     WHERE %(offered)s
                ),
                enough AS (
                    SELECT id, SUM(part) AS coverage
                      FROM hit
                  GROUP BY id
                    HAVING SUM(part) >= %(similar)s AND COUNT(DISTINCT query) >= %(least)s
                ),
                found AS (
                    SELECT answer.id, COALESCE(answer.original_id, answer.id) AS original,
                           answer.lang = %(lang)s AS is_own, answer.helped_count, coverage
                      FROM enough
                      JOIN loyalty_service_sla_answer answer ON answer.id = enough.id
                ),
                one_language AS (
                    SELECT DISTINCT ON (original) id, coverage, helped_count
                      FROM found
                  ORDER BY original, is_own DESC, coverage DESC, id
                )
                SELECT id FROM one_language
              ORDER BY coverage DESC, helped_count DESC NULLS LAST, id
                 LIMIT %(limit)s
                """,
                queries=[engine.query(term, asked[term]) for term in known],
                shares=[shares[term] for term in known],
                lang=self.env.lang or "en_US",
                body=engine.BODY,
                least=least,
                more=engine.HEAD - engine.BODY,
                # Shares are sums of fractions: what is exactly enough is enough.
                similar=engine.SIMILAR - 1e-9,
                offered=self._is_offered("answer"),
                limit=limit,
            )
        )
        return [answer_id for (answer_id,) in rows]

    def _count_terms(self, asked):
        """Return ``{term: number of answers that have it}``, and the number of all."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT asked.term, COUNT(answer.id)
                  FROM UNNEST(%(terms)s::text[], %(queries)s::text[]) AS asked (term, query)
             LEFT JOIN loyalty_service_sla_answer answer
                    ON answer.search_vector @@ asked.query::tsquery AND %(offered)s
              GROUP BY asked.term
             UNION ALL
                SELECT NULL, COUNT(*) FROM loyalty_service_sla_answer answer WHERE %(offered)s
                """,
                terms=list(asked),
                queries=[engine.query(term, typed) for term, typed in asked.items()],
                offered=self._is_offered("answer"),
            )
        )
        counts = dict(rows)
        return counts, counts.pop(None)

    def _search_misspelled(self, words, limit):
        """Return the ids of answers whose question has words like these, which no answer has.

        With PostgreSQL's trigrams, which Odoo creates where the server has them; without them
        misspelled words find nothing, and the rest works as ever. Not for Chinese: two
        characters have no trigrams, and are not misspelled by a letter.
        """
        words = [word for word in words if word.isascii() and len(word) >= SHORTEST]
        if not words or not self.env.registry.has_trigram:
            return []
        self.env.execute_query(
            SQL("SELECT set_config('pg_trgm.word_similarity_threshold', %s, TRUE)", str(MISSPELLED))
        )
        column = self.env.registry.unaccent(SQL("answer.question"))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT answer.id
                  FROM UNNEST(%(words)s::text[]) AS asked (word)
                  JOIN loyalty_service_sla_answer answer ON %(column)s %%> asked.word
                 WHERE %(offered)s
              GROUP BY answer.id
              ORDER BY SUM(word_similarity(asked.word, %(column)s)) DESC, answer.id
                 LIMIT %(limit)s
                """,
                words=words,
                column=column,
                offered=self._is_offered("answer"),
                limit=limit,
            )
        )
        return [answer_id for (answer_id,) in rows]
