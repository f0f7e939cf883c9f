{
    "name": "Client Loyalty SLA",
    "summary": "SLA clocks in working time for helpdesk tickets, tied to the tier of the client",
    "version": "19.0.1.0.0",
    "category": "After-Sales",
    "author": "Client Loyalty maintainers",
    "website": "https://github.com/loyalty-service/loyalty-service",
    "license": "AGPL-3",
    "depends": ["loyalty_service", "helpdesk_mgmt", "resource"],
}
