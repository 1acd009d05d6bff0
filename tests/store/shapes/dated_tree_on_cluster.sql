CREATE OR REPLACE VIEW `moving__tree` ON CLUSTER `main` AS
WITH RECURSIVE tree AS
(
    SELECT root.`_load` AS load, root.`branch` AS member, [root.`branch`] AS path, ifNull(root.`valid_from`, toDate(0)) AS first, ifNull(root.`valid_to`, toDate(65535)) AS last
    FROM `moving` AS root
    WHERE ifNull(root.`region`, '') = ''
    UNION ALL
    SELECT child.`_load`, child.`branch`, arrayConcat(tree.path, [child.`branch`]), greatest(tree.first, ifNull(child.`valid_from`, toDate(0))), least(tree.last, ifNull(child.`valid_to`, toDate(65535)))
    FROM `moving` AS child
    INNER JOIN tree ON child.`_load` = tree.load AND child.`region` = tree.member
    WHERE length(tree.path) < 3 AND ifNull(child.`valid_from`, toDate(0)) <= tree.last AND ifNull(child.`valid_to`, toDate(65535)) >= tree.first
)
SELECT
    own.`_load` AS `_load`,
    own.`branch` AS `branch`,
    own.`region` AS `region`,
    tree.first AS `valid_from`,
    tree.last AS `valid_to`,
    tree.path[1] AS `level1`,
    tree.path[2] AS `level2`,
    tree.path[3] AS `level3`,
    tree.path AS `path_by_region`
FROM `moving` AS own
INNER JOIN tree ON own.`_load` = tree.load AND own.`branch` = tree.member
    AND ifNull(own.`valid_from`, toDate(0)) <= tree.first AND ifNull(own.`valid_to`, toDate(65535)) >= tree.last
