-- The bytes that are free on the fullest of the server's disks.
SELECT min(unreserved_space)
FROM system.disks
