"""OData v4, read-only: cubes and indicators for Excel, Power BI, Tableau and their like."""

from web.odata.routes import api

ODATA = (api,)
