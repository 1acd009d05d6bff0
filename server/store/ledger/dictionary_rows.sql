-- The members that a dictionary serves of one version.
SELECT count()
FROM {dictionary:Identifier}
WHERE _load = {batch:UInt32}
