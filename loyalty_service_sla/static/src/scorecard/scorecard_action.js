import { Evaluation } from "@loyalty_service/evaluation/evaluation_action";
import { registry } from "@web/core/registry";

/** How the service desk did, by agent and by team: the screen of evaluations with other figures. */
export class Scorecard extends Evaluation {
    static model = "loyalty.service.sla.scorecard";
}

registry.category("actions").add("loyalty_service_sla_scorecard", Scorecard);
