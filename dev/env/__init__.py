"""The developer environment: Odoo 19, its Python packages, a database server.

Standard library only up to the moment the virtual environment exists; from then on the
commands run inside it and may import what requirements.txt lists.
"""
