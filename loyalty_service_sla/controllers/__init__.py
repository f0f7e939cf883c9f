from . import answer, complaint, portal, scorecard, solved, ticket
