from . import complaint, portal, ticket
