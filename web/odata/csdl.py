"""The metadata document: CSDL 4.0 in XML."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from web.odata.sets import DECIMAL, EntitySet, Property

NAMESPACE = "Indicube"
CONTAINER = "Container"
MEDIA_TYPE = "application/xml;charset=utf-8"

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
_CORE, _AGGREGATION = "Org.OData.Core.V1", "Org.OData.Aggregation.V1"
_TRANSFORMATIONS = ("filter", "groupby", "aggregate", "orderby", "skip", "top", "identity")


def metadata_document(sets: Iterable[EntitySet], language: str) -> bytes:
    """What there is to ask, with labels in a language."""
    listed = tuple(sets)
    document = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    for namespace in (_CORE, _AGGREGATION):
        uri = f"{_VOCABULARIES}/{namespace}.xml"
        reference = SubElement(document, "edmx:Reference", Uri=uri)
        SubElement(reference, "edmx:Include", Namespace=namespace)
    services = SubElement(document, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"Namespace": NAMESPACE, "xmlns": _EDM})
    for one in listed:
        _add_type(schema, one, language)
    container = SubElement(schema, "EntityContainer", Name=CONTAINER)
    for one in listed:
        _add_set(container, one, language)
    found: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return found


def _add_type(schema: Element, one: EntitySet, language: str) -> None:
    kind = SubElement(schema, "EntityType", Name=one.type_name)
    key = SubElement(kind, "Key")
    for name in one.key:
        SubElement(key, "PropertyRef", Name=name)
    for each in one.properties:
        _add_property(kind, each, language)


def _add_property(kind: Element, one: Property, language: str) -> None:
    facets = {"Name": one.name, "Type": one.type}
    if not one.is_nullable:
        facets["Nullable"] = "false"
    if one.type == DECIMAL:
        facets["Scale"] = "variable"
    found = SubElement(kind, "Property", facets)
    _describe(found, one.labels.in_language(language))


def _add_set(container: Element, one: EntitySet, language: str) -> None:
    entity_type = f"{NAMESPACE}.{one.type_name}"
    found = SubElement(container, "EntitySet", Name=one.name, EntityType=entity_type)
    _describe(found, one.labels.in_language(language))
    if one.kind in ("aggregates", "facts"):
        said = SubElement(found, "Annotation", Term=f"{_AGGREGATION}.ApplySupported")
        record = SubElement(said, "Record")
        value = SubElement(record, "PropertyValue", Property="Transformations")
        collection = SubElement(value, "Collection")
        for name in _TRANSFORMATIONS:
            SubElement(collection, "String").text = name


def _describe(found: Element, text: str) -> None:
    if text:
        SubElement(found, "Annotation", Term=f"{_CORE}.Description", String=text)
