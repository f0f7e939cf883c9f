from . import portal, ticket
