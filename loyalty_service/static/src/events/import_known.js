import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { BaseImportModel } from "@base_import/import_model";
import { ImportAction } from "@base_import/import_action/import_action";

const EVENTS = "loyalty.service.event";

function knownText(rows) {
    return rows === 1
        ? _t("1 row has been recorded before. It stays as it is.")
        : _t("%s rows have been recorded before. They stay as they are.", rows);
}

/**
 * A file of events may be imported again: rows that have been recorded before stay as they are.
 * Odoo counts every row as imported; here only those that are new count, and the others are told.
 */
patch(BaseImportModel.prototype, {
    async executeImport(isTest, totalSteps, importProgress) {
        this.loyaltyKnown = [];
        const told = await super.executeImport(isTest, totalSteps, importProgress);
        const mapped = this.columns.some((column) => column.fieldInfo?.fieldPath === "date");
        if (isTest && this.resModel === EVENTS && mapped && user.tz) {
            this._addMessage("info", [_t("Times are read as those of %s.", user.tz)]);
        }
        if (isTest && this.loyaltyKnown.length && !told.res.hasError) {
            this._addMessage("info", [knownText(this.loyaltyKnown.length)]);
        }
        return told;
    },

    async _callImport(dryrun, args) {
        const answer = await super._callImport(dryrun, args);
        if (answer.known?.length && !answer.messages?.length) {
            this.loyaltyKnown.push(...answer.known);
            answer.ids = dryrun ? answer.ids : answer.created;
        }
        if (this.resModel === EVENTS) {
            // As the rows are numbered where the file is mended: from 1, with its head.
            const { has_headers, skip } = this.importOptions;
            for (const message of answer.messages || []) {
                message.record += (skip || 0) + (has_headers ? 2 : 1);
            }
        }
        return answer;
    },
});

patch(ImportAction.prototype, {
    async handleImport(isTest = true) {
        await super.handleImport(isTest);
        const known = this.model.loyaltyKnown;
        if (isTest || !known?.length) {
            return;
        }
        this.notification.add(knownText(known.length), {
            type: "info",
            sticky: true,
            buttons: [
                { name: _t("Show Them"), onClick: () => this.openRecords([...new Set(known)]) },
            ],
        });
    },
});
