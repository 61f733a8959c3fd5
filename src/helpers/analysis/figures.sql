-- Every figure that a page prints, added up once more by plain SQL; `control_totals` compares them.
--
-- A query begins at a line `-- NAME from TABLE`. `history` has the lines that count up to the period's end, `lines`
-- those of the period and the comparison, `points` the source's own ledger up to the period's end; a query that
-- others read from is computed first. Each other query gives figures, named by its columns; where it gives several
-- rows, the column `which` is the second word of the name. Numbers behind a colon are days: `day` counts days since
-- 1970, `ymd` is 20261031, `months` counts months since the year 0, `month_11` is the first day, as ymd, of the month
-- 11 months before the period's last. A figure that cannot be told is NULL.

-- cells from history
WITH days AS (
    SELECT client, day, MIN(ymd) AS ymd, SUM(amount) AS amount, MAX(is_sale) AS sold
    FROM history
    GROUP BY client, day
)
SELECT client, day, ymd, amount, sold, day - LAG(day) OVER (PARTITION BY client, sold ORDER BY day) AS gap,
       MAX(CASE WHEN sold = 1 THEN ymd END) OVER (PARTITION BY client) AS last_ymd
FROM days

-- clients from cells
WITH spent AS (
    SELECT client, SUM(CASE WHEN day BETWEEN :begin AND :end THEN amount END) AS net,
           SUM(CASE WHEN day BETWEEN :begin_before AND :end_before THEN amount END) AS net_before,
           MAX(CASE WHEN day BETWEEN :begin AND :end THEN sold ELSE 0 END) AS sold_now,
           MIN(CASE WHEN day < :begin AND sold = 1 THEN day END) AS first_past,
           MAX(CASE WHEN sold = 1 THEN day END) AS last_day, MIN(CASE WHEN sold = 1 THEN ymd END) AS first_ymd,
           SUM(CASE WHEN ymd <= last_ymd AND ymd > last_ymd - 10000 THEN amount END) AS of_year,
           SUM(sold) AS purchase_days
    FROM cells
    GROUP BY client
), gaps AS (
    SELECT client, gap, COUNT(*) AS many
    FROM cells
    WHERE client IS NOT NULL AND sold = 1 AND gap IS NOT NULL
    GROUP BY client, gap
), placed AS (
    SELECT client, gap, 2 * SUM(many) OVER (PARTITION BY client ORDER BY gap) AS place, 2 * many AS wide,
           SUM(many) OVER (PARTITION BY client) AS of_all
    FROM gaps
), own AS (
    SELECT client AS whose, AVG(gap) AS usual
    FROM placed
    WHERE place >= of_all AND place - wide <= of_all
    GROUP BY client
), counted AS (
    SELECT gap, SUM(many) AS many FROM gaps GROUP BY gap
), summed AS (
    SELECT gap, SUM(many) OVER (ORDER BY gap) AS up_to, SUM(many) OVER () AS of_all FROM counted
), everyone AS (
    SELECT (MIN(CASE WHEN 2 * up_to >= of_all THEN gap END) + MIN(CASE WHEN 2 * up_to > of_all THEN gap END)) / 2.0
           AS usual_of_all
    FROM summed
), known AS (
    SELECT spent.*, CASE WHEN purchase_days >= 3 THEN own.usual ELSE everyone.usual_of_all END AS usual
    FROM spent LEFT JOIN own ON spent.client = own.whose CROSS JOIN everyone
)
SELECT CAST(client AS VARCHAR) AS client, net, net_before, sold_now, first_past,
       CASE WHEN :has_past = 1 AND :as_of - last_day > 2 * usual THEN 1 ELSE 0 END AS is_overdue,
       COALESCE(of_year, 0) AS of_year,
       GREATEST(1, LEAST(12, :as_of_months - (FLOOR(first_ymd / 100) - 88 * FLOOR(first_ymd / 10000))
                             - CASE WHEN first_ymd % 100 > :as_of_ymd % 100 THEN 1 ELSE 0 END)) AS of_months,
       CASE WHEN client IS NULL THEN 'no_client'
            WHEN net < net_before THEN 'fell'
            WHEN net > net_before THEN 'rose'
            WHEN net = net_before THEN 'same'
            WHEN net IS NULL AND net_before IS NULL THEN 'gone'
            WHEN net IS NULL THEN 'absent'
            WHEN sold_now = 0 THEN 'returns_only'
            WHEN first_past IS NULL THEN 'new'
            WHEN first_past >= :since THEN 'since'
            ELSE 'back' END AS did
FROM known

-- totals from lines
WITH by_branch AS (
    SELECT branch, COUNT(CASE WHEN is_now = 1 THEN 1 END) AS many,
           COUNT(CASE WHEN is_before = 1 THEN 1 END) AS many_before,
           SUM(CASE WHEN is_now = 1 THEN amount END) AS net, SUM(CASE WHEN is_before = 1 THEN amount END) AS net_before,
           SUM(CASE WHEN is_now = 1 AND client IS NULL THEN amount END) AS no_client,
           SUM(CASE WHEN is_before = 1 AND client IS NULL THEN amount END) AS no_client_before,
           SUM(CASE WHEN is_now = 1 THEN amount - cost END) AS margin,
           SUM(CASE WHEN is_before = 1 THEN amount - cost END) AS margin_before
    FROM lines
    GROUP BY branch
)
SELECT COALESCE(SUM(net), 0) AS net, COALESCE(SUM(net_before), 0) AS net_before, COALESCE(SUM(many), 0) AS lines,
       COUNT(CASE WHEN many > 0 AND branch <> '(unallocated)' THEN 1 END) AS branches,
       COUNT(CASE WHEN many_before > 0 AND branch <> '(unallocated)' THEN 1 END) AS branches_before,
       COALESCE(SUM(no_client), 0) AS no_client, COALESCE(SUM(no_client_before), 0) AS no_client_before,
       SUM(margin) AS margin, SUM(margin_before) AS margin_before
FROM by_branch

-- documents from lines
WITH by_document AS (
    SELECT MAX(is_now) AS is_now, MAX(is_now * is_sale) AS sold, MAX(is_before) AS is_before,
           MAX(is_before * is_sale) AS sold_before
    FROM lines
    WHERE document IS NOT NULL
    GROUP BY document
)
SELECT COALESCE(SUM(sold), 0) AS sales_count, COALESCE(SUM(sold_before), 0) AS sales_count_before,
       COALESCE(SUM(is_now - sold), 0) AS credit_notes, COALESCE(SUM(is_before - sold_before), 0) AS credit_notes_before
FROM by_document

-- reductions from lines
WITH priced AS (
    SELECT is_now, is_before, by_list, base, manual, coupon, bonus, paid,
           CASE WHEN has_listed = 1 THEN listed ELSE paid + manual + coupon + bonus END AS listed
    FROM lines
    WHERE base IS NOT NULL
), covered AS (
    SELECT *, base - listed AS off
    FROM priced
    WHERE listed - manual - coupon - bonus = paid AND ABS(manual) <= ABS(listed)
)
SELECT SUM(CASE WHEN is_now = 1 THEN base END) AS base,
       SUM(CASE WHEN is_now = 1 THEN by_list * off END) AS list_discount,
       SUM(CASE WHEN is_before = 1 THEN by_list * off END) AS list_discount_before,
       SUM(CASE WHEN is_now = 1 THEN manual + (1 - by_list) * off END) AS manual_discount,
       SUM(CASE WHEN is_now = 1 THEN coupon END) AS coupon_discount,
       SUM(CASE WHEN is_now = 1 THEN bonus END) AS bonus_paid
FROM covered

-- branches from lines
SELECT branch AS which, SUM(CASE WHEN is_now = 1 THEN amount ELSE 0 END) AS branch_net,
       SUM(CASE WHEN is_before = 1 THEN amount ELSE 0 END) AS branch_net_before
FROM lines
GROUP BY branch

-- volume from lines
WITH bought AS (
    SELECT client, COUNT(DISTINCT CASE WHEN is_now = 1 AND is_sale = 1 THEN document END) AS n1,
           COUNT(DISTINCT CASE WHEN is_before = 1 AND is_sale = 1 THEN document END) AS n0,
           SUM(CASE WHEN is_now = 1 THEN amount ELSE 0 END) AS net1,
           SUM(CASE WHEN is_before = 1 THEN amount ELSE 0 END) AS net0
    FROM lines
    WHERE client IS NOT NULL
    GROUP BY client
), wide AS (
    SELECT n1, n0, CAST(net1 AS DOUBLE) AS net1, CAST(net0 AS DOUBLE) AS net0 FROM bought
)
SELECT COALESCE(SUM(CASE WHEN n0 > 0 AND n1 > 0 THEN (n1 - n0) * net0 / n0 END), 0) AS change_number,
       COALESCE(SUM(CASE WHEN n0 > 0 AND n1 > 0 THEN net1 - n1 * net0 / n0 END), 0) AS change_size
FROM wide

-- prices from lines
WITH items AS (
    SELECT item, CAST(SUM(CASE WHEN is_now = 1 THEN quantity ELSE 0 END) AS DOUBLE) AS q1,
           CAST(SUM(CASE WHEN is_before = 1 THEN quantity ELSE 0 END) AS DOUBLE) AS q0,
           CAST(SUM(CASE WHEN is_now = 1 THEN amount ELSE 0 END) AS DOUBLE) AS net1,
           CAST(SUM(CASE WHEN is_before = 1 THEN amount ELSE 0 END) AS DOUBLE) AS net0
    FROM lines
    WHERE item IS NOT NULL AND quantity IS NOT NULL
    GROUP BY item
), sums AS (
    SELECT SUM(net1) AS net1, SUM(net0) AS net0, SUM(q1) AS q1, SUM(q0) AS q0, SUM(net0 * q1 / q0) AS at_old
    FROM items
    WHERE q1 > 0 AND q0 > 0
)
SELECT net1 - at_old AS change_price, (q1 / q0 - 1) * net0 AS change_quantity, at_old - q1 / q0 * net0 AS change_mix
FROM sums

-- months from cells
SELECT CAST(FLOOR(ymd / 100) AS BIGINT) AS which, SUM(amount) AS month_net, COUNT(DISTINCT client) AS month_clients
FROM cells
WHERE ymd >= :month_24
GROUP BY CAST(FLOOR(ymd / 100) AS BIGINT)

-- years from cells
SELECT COALESCE(SUM(CASE WHEN ymd >= :month_11 THEN amount END), 0) AS year_net,
       COALESCE(SUM(CASE WHEN ymd < :month_11 THEN amount END), 0) AS year_net_before
FROM cells
WHERE ymd >= :month_23

-- people from clients
SELECT COUNT(net) AS clients, COUNT(net_before) AS clients_before,
       COUNT(CASE WHEN sold_now = 1 AND first_past IS NULL THEN 1 END) AS new_clients,
       COUNT(CASE WHEN is_overdue = 1 AND of_year > 0 THEN 1 END) AS overdue,
       COALESCE(SUM(CASE WHEN is_overdue = 1 AND of_year > 0 THEN CAST(of_year AS DOUBLE) / of_months END), 0) AS stake
FROM clients
WHERE client IS NOT NULL

-- changes from clients
SELECT did AS which, COUNT(client) AS group_clients, COALESCE(SUM(net), 0) AS group_net,
       COALESCE(SUM(net_before), 0) AS group_net_before
FROM clients
WHERE did <> 'gone'
GROUP BY did

-- moves from clients
WITH moved AS (
    SELECT CASE WHEN did = 'absent' AND is_overdue = 1 THEN 'lost' ELSE did END AS did, net, net_before
    FROM clients
    WHERE client IS NOT NULL AND did <> 'gone'
)
SELECT did AS which, COUNT(*) AS moved_clients, COALESCE(SUM(net), 0) AS moved_net,
       COALESCE(SUM(net_before), 0) AS moved_net_before
FROM moved
GROUP BY did

-- best from clients
WITH ordered AS (
    SELECT net, net_before, ROW_NUMBER() OVER (ORDER BY COALESCE(net, 0) DESC, client) AS place,
           ROW_NUMBER() OVER (ORDER BY COALESCE(net_before, 0) DESC, client) AS place_before
    FROM clients
    WHERE client IS NOT NULL AND did <> 'gone'
)
SELECT COUNT(CASE WHEN place_before <= 10 AND net_before > 0 THEN 1 END) AS best_before,
       COUNT(CASE WHEN place_before <= 10 AND net_before > 0 AND net IS NULL THEN 1 END) AS best_absent,
       COALESCE(SUM(CASE WHEN place_before <= 10 AND net_before > 0 THEN net_before END), 0) AS best_net_before,
       COALESCE(SUM(CASE WHEN place_before <= 10 AND net_before > 0 THEN net END), 0) AS best_net,
       COUNT(CASE WHEN place <= 10 AND net > 0 AND NOT (place_before <= 10 AND COALESCE(net_before, 0) > 0)
                  THEN 1 END) AS newly_best
FROM ordered

-- share from clients
WITH ordered AS (
    SELECT net, ROW_NUMBER() OVER (ORDER BY net DESC, client) AS place,
           SUM(net) OVER (ORDER BY net DESC, client ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_to,
           SUM(net) OVER () AS of_all, COUNT(*) OVER () AS many
    FROM clients
    WHERE client IS NOT NULL AND net > 0
), wide AS (
    SELECT net, place, up_to, of_all, many, CAST(net AS DOUBLE) / CAST(of_all AS DOUBLE) AS part FROM ordered
)
SELECT COUNT(*) AS buyers, COALESCE(SUM(net), 0) AS positive_net,
       COUNT(CASE WHEN (up_to - net) * 100 < of_all * 50 THEN 1 END) AS half,
       COUNT(CASE WHEN (up_to - net) * 100 < of_all * 80 THEN 1 END) AS eighty,
       SUM(CASE WHEN place <= 1 THEN part END) AS share_of_1, SUM(CASE WHEN place <= 5 THEN part END) AS share_of_5,
       SUM(CASE WHEN place <= 10 THEN part END) AS share_of_10, SUM(CASE WHEN place <= 20 THEN part END) AS share_of_20,
       SUM(CASE WHEN place * 100 <= many THEN part ELSE 0 END) AS share_of_1_percent,
       SUM(CASE WHEN place * 100 <= many * 10 THEN part ELSE 0 END) AS share_of_10_percent,
       SUM(CASE WHEN place * 100 <= many * 20 THEN part ELSE 0 END) AS share_of_20_percent,
       10000 * SUM(part * part) AS hhi, 1 / SUM(part * part) AS effective,
       (COUNT(*) + 1 - 2 * SUM(part * place)) / COUNT(*) AS gini
FROM wide

-- ledger from points
SELECT SUM(CASE WHEN is_now = 0 THEN points ELSE 0 END) AS points_opening,
       SUM(CASE WHEN is_now = 1 AND kind = 'accrued' THEN points ELSE 0 END) AS points_accrued,
       SUM(CASE WHEN is_before = 1 AND kind = 'accrued' THEN points ELSE 0 END) AS points_accrued_before,
       SUM(CASE WHEN is_now = 1 AND kind = 'reversed' THEN -points ELSE 0 END) AS points_reversed,
       SUM(CASE WHEN is_now = 1 AND kind = 'redeemed' THEN -points ELSE 0 END) AS points_redeemed,
       SUM(CASE WHEN is_now = 1 AND kind = 'expired' THEN -points ELSE 0 END) AS points_expired,
       SUM(CASE WHEN is_now = 1 AND kind = 'adjusted' THEN points ELSE 0 END) AS points_adjusted,
       SUM(points) AS points_closing
FROM points
WHERE is_told = 1
