{
    "name": "Client Loyalty Surveys",
    "summary": "Satisfaction, NPS and CSAT surveys that feed the loyalty of business clients",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Client Loyalty maintainers",
    "website": "https://github.com/loyalty-service/loyalty-service",
    "license": "LGPL-3",
    "depends": ["loyalty_service", "survey"],
}
