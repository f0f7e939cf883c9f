import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";

/** Download a file that is asked for by more than fits into an address, such as thousands of ids. */
async function downloadRegister(_env, action) {
    await download(action.params);
}

registry.category("actions").add("loyalty_service_sla_register", downloadRegister);
