CREATE OR REPLACE VIEW `units__tree` AS
WITH RECURSIVE tree AS
(
    SELECT root.`_load` AS load, root.`shop` AS member, [root.`shop`] AS path
    FROM `units` AS root
    WHERE ifNull(root.`town`, '') = ''
    UNION ALL
    SELECT child.`_load`, child.`shop`, arrayConcat(tree.path, [child.`shop`])
    FROM `units` AS child
    INNER JOIN tree ON child.`_load` = tree.load AND child.`town` = tree.member
    WHERE length(tree.path) < 3
)
SELECT
    own.`_load` AS `_load`,
    own.`shop` AS `shop`,
    own.`town` AS `town`,
    own.`rent` AS `rent`,
    own.`floors` AS `floors`,
    tree.path[1] AS `level1`,
    tree.path[2] AS `level2`,
    tree.path[3] AS `level3`,
    tree.path AS `path_by_town`
FROM `units` AS own
INNER JOIN tree ON own.`_load` = tree.load AND own.`shop` = tree.member
