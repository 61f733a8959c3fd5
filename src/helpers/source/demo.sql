-- The made-up company as functions of numbers: all there is to know of document d, client c or line n of d follows
-- from draw(), so that any number of threads writes the same bytes and a month needs nothing but the one before it.
-- helpers/demo.py sets the first variables, and copies the views to Parquet.

-- A whole number from 0 to n - 1, the same for the same x, what and seed.
CREATE MACRO draw(x, what, n) AS CAST(hash(x, what, getvariable('seed')) % CAST(n AS UBIGINT) AS BIGINT);

-- The calendar: 24 months from `first`. A day has as many slots as it is busy, on Sundays none.

SET VARIABLE last_month = CAST(getvariable('first') + INTERVAL 23 MONTH AS DATE);
SET VARIABLE last = last_day(getvariable('last_month'));
SET VARIABLE days = 1 + CAST(getvariable('last') - getvariable('first') AS BIGINT);
SET VARIABLE opens = CAST(getvariable('last_month') - INTERVAL 2 MONTH AS DATE);
SET VARIABLE closes = getvariable('last_month') + 13;
SET VARIABLE renamed = getvariable('last_month') + 15;
SET VARIABLE new_prices = CAST(date_trunc('year', getvariable('last')) AS DATE);

CREATE TABLE slot AS
WITH day AS (
    SELECT CAST(day AS DATE) AS day, [6, 7, 7, 6, 8, 4][isodow(day)]
           + CASE month(day) WHEN 8 THEN -2 WHEN 12 THEN 1 ELSE 0 END AS slots
    FROM range(CAST(getvariable('first') AS TIMESTAMP), getvariable('last') + INTERVAL 1 DAY, INTERVAL 1 DAY) t(day)
    WHERE isodow(day) < 7
)
SELECT row_number() OVER (ORDER BY day, n) - 1 AS number, 39600 // slots AS seconds,
       day + TIME '08:00' + to_seconds(n * (39600 // slots)) AS starts_at
FROM day, range(9) t(n) WHERE n < slots ORDER BY number;

SET VARIABLE slots = (SELECT count(*) FROM slot);

-- Each month's documents, the first and the one behind the last: they are dealt to the slots in turn.
CREATE TABLE month AS
WITH first_slot AS (
    SELECT CAST(date_trunc('month', starts_at) AS DATE) AS month, min(number) AS number FROM slot GROUP BY ALL
), first_document AS (
    SELECT month, (number * getvariable('documents') + getvariable('slots') - 1) // getvariable('slots') AS first_d
    FROM first_slot
)
SELECT month, first_d, lead(first_d, 1, getvariable('documents')) OVER (ORDER BY month) AS beyond_d
FROM first_document ORDER BY month;

SET VARIABLE last_month_first = (SELECT max(first_d) FROM month);
SET VARIABLE pair_gap = greatest(4, (getvariable('documents') - getvariable('last_month_first')) // 4);
SET VARIABLE return_gap = getvariable('documents') // 80;

CREATE MACRO slot_of(d) AS d * getvariable('slots') // getvariable('documents');

CREATE MACRO into_slot(d) AS d * getvariable('slots') % getvariable('documents');

CREATE MACRO within_slot(d) AS
    (into_slot(d) + draw(d, 'moment', least(getvariable('slots'), getvariable('documents') - into_slot(d))))
    / getvariable('documents');

-- The very first and the very last moment of the last month have a document each.
CREATE MACRO sold_at(d, starts_at, seconds) AS CASE d
    WHEN getvariable('documents') - 1 THEN getvariable('last') + TIME '23:59:59.999'
    WHEN getvariable('last_month_first') THEN CAST(getvariable('last_month') AS TIMESTAMP)
    ELSE starts_at + to_seconds(CAST(floor(within_slot(d) * seconds) AS BIGINT)) END;

-- Clients. Numbers 2 and 3 are alike and tie in the last month, where they buy nothing but their pairs of documents.

CREATE MACRO client_id(c) AS CASE c
    WHEN 0 THEN '7' WHEN 1 THEN '007' WHEN 2 THEN 'B-204' WHEN 3 THEN 'a-204' ELSE CAST(1000 + c AS VARCHAR) END;

CREATE MACRO twin(c) AS CASE c WHEN 3 THEN 2 ELSE c END;

-- How much a client tends to buy at once: a few up to sixty times as much as most.
CREATE MACRO appetite(c) AS CASE
    WHEN c IS NULL THEN 1 WHEN c IN (2, 3) THEN 5 ELSE 680 // (9 + draw(c, 'appetite', 1000)) END;

-- Half of the clients buy throughout; others come later, leave, or pause for more than a year.
CREATE MACRO comes_on(c) AS CASE
    WHEN c > 6 AND draw(c, 'life', 100) BETWEEN 50 AND 74 THEN draw(c, 'comes', getvariable('days')) ELSE 0 END;

-- Registered on the day of coming, or up to three years before the history.
CREATE MACRO created_on(c) AS getvariable('first') + CAST(CASE
    WHEN comes_on(c) > 0 THEN comes_on(c) ELSE -1 - draw(c, 'created', 1095) END AS INTEGER);

CREATE MACRO is_active(c, day) AS CASE
    WHEN c IN (2, 3) THEN day < getvariable('days') - 45
    WHEN draw(c, 'life', 100) < 50 THEN true
    WHEN draw(c, 'life', 100) < 75 THEN day >= comes_on(c)
    WHEN draw(c, 'life', 100) < 90 THEN day < draw(c, 'leaves', getvariable('days'))
    ELSE day < getvariable('days') // 4 OR day >= getvariable('days') - 1 - draw(c, 'returns', 90) END;

CREATE MACRO candidate(d, attempt) AS
    CAST(floor(getvariable('clients') * pow(draw(d, attempt, 2147483648) / 2147483648, 1.5)) AS BIGINT);

-- Price lists: the one a client begins with, and for some another one from a day on.

CREATE MACRO first_list(c) AS CASE
    WHEN c IS NULL THEN NULL
    WHEN c IN (4, 5, 6) THEN 'STD'
    WHEN appetite(c) > 4 AND draw(twin(c), 'favoured', 100) < 55 THEN 'VIP'
    WHEN draw(twin(c), 'list', 100) < 12 THEN NULL
    WHEN draw(twin(c), 'list', 100) < 72 THEN 'STD'
    WHEN draw(twin(c), 'list', 100) < 88 THEN 'SEN'
    WHEN draw(twin(c), 'list', 100) < 93 THEN 'EMP' ELSE 'PAR' END;

CREATE MACRO change_day(c) AS CASE
    WHEN c IN (4, 5, 6) THEN getvariable('days') - 4 * c
    WHEN c NOT IN (2, 3) AND draw(c, 'changes', 100) < 8 THEN
        nullif(greatest(comes_on(c), draw(c, 'change', getvariable('days'))), comes_on(c)) END;

CREATE MACRO second_list(c) AS CASE WHEN change_day(c) IS NULL THEN NULL
    ELSE CASE first_list(c) WHEN 'VIP' THEN 'PAR' WHEN 'SEN' THEN 'STD' ELSE 'VIP' END END;

CREATE MACRO assigned_list(c, day) AS CASE WHEN day >= change_day(c) THEN second_list(c) ELSE first_list(c) END;

-- Branches and items: five items a branch, item 30 at a price made for the occasion, in no list.

CREATE MACRO open_place(b, day) AS CASE
    WHEN b = 7 AND day < CAST(getvariable('opens') - getvariable('first') AS BIGINT) THEN 1
    WHEN b = 8 AND day > CAST(getvariable('closes') - getvariable('first') AS BIGINT) THEN 1 ELSE b END;

CREATE MACRO place(d, c, day) AS open_place([1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 7, 8][1 + CASE
    WHEN draw(d, 'away', 100) < 35 THEN draw(d, 'place', 14) ELSE draw(coalesce(twin(c), d), 'home', 14) END], day);

CREATE MACRO branch_id(b) AS 'D' || b;

CREATE MACRO branch_title(b) AS ['Dentistry', 'Cardiology', 'Dermatology', 'Paediatrics', 'Radiology', 'Laboratory',
                                 'Physiotherapy', 'Ophthalmology'][b];

CREATE MACRO item_id(item) AS
    ['DEN', 'CAR', 'DER', 'PED', 'RAD', 'LAB', 'PHY', 'OPH'][1 + (item - 1) // 5] || '-' || (1 + (item - 1) % 5);

CREATE MACRO standard_cents(item, is_new) AS CAST(10 * round(
    [450, 800, 1200, 2900, 7800][1 + (item - 1) % 5] * [130, 110, 90, 70, 100, 60, 80, 105][1 + (item - 1) // 5]
    / CASE WHEN is_new THEN 100 ELSE 104 END) AS BIGINT);

CREATE MACRO percent_off(list) AS
    CASE list WHEN 'VIP' THEN 15 WHEN 'SEN' THEN 5 WHEN 'EMP' THEN 20 WHEN 'PAR' THEN 8 ELSE 0 END;

CREATE MACRO list_cents(item, is_new, list) AS
    (standard_cents(item, is_new) * (100 - percent_off(list)) + 50) // 100;

CREATE MACRO money(cents) AS CAST(cents * 0.01 AS DECIMAL(18, 2));

-- Documents: mostly sales; a return gives back what the document `return_gap` before it sold, or its first line.

CREATE MACRO pair(d) AS CASE
    WHEN d - getvariable('last_month_first') BETWEEN 0 AND 4 * getvariable('pair_gap') - 1
    THEN (d - getvariable('last_month_first')) % getvariable('pair_gap') ELSE 0 END;

CREATE MACRO is_pair(d) AS pair(d) IN (1, 2);

CREATE MACRO is_certain(d) AS is_pair(d) OR d IN (getvariable('last_month_first'), getvariable('documents') - 1);

CREATE MACRO kind(d) AS CASE
    WHEN is_certain(d) THEN 'sale'
    WHEN draw(d, 'kind', 1000) < 8 THEN 'tip' WHEN draw(d, 'kind', 1000) < 14 THEN 'gift_card' ELSE 'sale' END;

CREATE MACRO state(d) AS CASE
    WHEN is_certain(d) THEN 'final'
    WHEN draw(d, 'state', 1000) < 8 THEN 'draft' WHEN draw(d, 'state', 1000) < 16 THEN 'void' ELSE 'final' END;

CREATE MACRO wants_return(d) AS d >= getvariable('return_gap') AND draw(d, 'return', 1000) < 30;

CREATE MACRO is_return(d) AS wants_return(d) AND NOT is_certain(d) AND NOT is_certain(d - getvariable('return_gap'))
    AND NOT wants_return(d - getvariable('return_gap'))
    AND kind(d - getvariable('return_gap')) = 'sale' AND state(d - getvariable('return_gap')) = 'final';

CREATE MACRO document(first_d, beyond_d) AS TABLE
WITH numbered AS (
    SELECT d, is_return(d) AS is_return FROM range(first_d, beyond_d) t(d)
), originated AS (
    SELECT *, CASE WHEN is_return THEN d - getvariable('return_gap') WHEN pair(d) = 2 THEN d - 1 ELSE d END AS o
    FROM numbered
), dated AS (
    SELECT originated.*, sold_at(d, now.starts_at, now.seconds) AS sold_at,
           CAST(CAST(origin.starts_at AS DATE) - getvariable('first') AS BIGINT) AS day
    FROM originated JOIN slot now ON now.number = slot_of(d) JOIN slot origin ON origin.number = slot_of(o)
), asked AS (
    SELECT *, candidate(o, 'first') AS c1, candidate(o, 'second') AS c2, candidate(o, 'third') AS c3 FROM dated
), visited AS (
    -- Nobody (a walk-in) where three in a row are away, and sometimes anyhow.
    SELECT *, CASE WHEN is_pair(d) THEN 1 + pair(d) WHEN draw(o, 'walk-in', 1000) < 15 THEN NULL
                   WHEN is_active(c1, day) THEN c1 WHEN is_active(c2, day) THEN c2 WHEN is_active(c3, day) THEN c3
              END AS c
    FROM asked
), listed AS (
    SELECT *, assigned_list(c, day) AS assigned FROM visited
)
SELECT d, o, is_return, sold_at, c, place(o, c, day) AS b,
       CASE WHEN is_return THEN 'return' ELSE kind(d) END AS kind,
       CASE WHEN is_return THEN 'final' ELSE state(d) END AS state,
       CASE WHEN draw(o, 'other list', 1000) >= 12 THEN coalesce(assigned, 'STD')
            WHEN assigned = 'SEN' THEN 'STD' ELSE 'SEN' END AS list,
       getvariable('first') + CAST(day AS INTEGER) >= getvariable('new_prices') AS is_new,
       CASE WHEN kind(o) <> 'sale' OR is_return AND draw(d, 'part', 2) = 0 THEN 1
            ELSE [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4][1 + draw(o, 'lines', 14)] END AS lines
FROM listed;

-- The month at hand: its documents, those that pay with points, and the points entered the month before.
CREATE TABLE this_month AS FROM document(0, 0);
CREATE TABLE redemption (d BIGINT, points BIGINT);
CREATE TABLE past_entry (client_id VARCHAR, points DECIMAL(18, 3), kind VARCHAR, sale_id VARCHAR);

-- Its sale lines, in the order they were sold.
CREATE VIEW sale_line AS
WITH numbered AS (
    SELECT *, unnest(range(1, lines + 1)) AS n, 8 * o + n AS x, CASE WHEN is_return THEN -1 ELSE 1 END AS sign
    FROM this_month
), chosen AS (
    SELECT *, CASE WHEN kind IN ('sale', 'return') THEN 5 * (b - 1) + 1 + CAST(floor(
                  5 * pow(draw(x, 'item', 1000) / 1000, CASE WHEN appetite(c) > 4 THEN 0.6 ELSE 8 END)) AS BIGINT)
              END AS item
    FROM numbered
), counted AS (
    SELECT *, CASE WHEN item IS NULL THEN 1 ELSE 1 + draw(x, 'quantity', 1 + appetite(c) // 2) END AS quantity,
        CASE kind WHEN 'tip' THEN [200, 500, 1000][1 + draw(x, 'tip', 3)]
                  WHEN 'gift_card' THEN [5000, 10000][1 + draw(x, 'card', 2)] END AS given,
        CASE WHEN item <> 30 THEN standard_cents(item, is_new) END AS base_price,
        CASE WHEN item = 30 THEN 3000 + draw(x, 'free price', 17001)
             ELSE list_cents(item, is_new, list) END AS list_price
    FROM chosen
), priced AS (
    SELECT *, quantity * base_price AS base, coalesce(given, quantity * list_price) AS listed,
        CASE WHEN item IS NULL OR draw(x, 'manual', 1000) >= 40 THEN 0
             ELSE quantity * list_price * (5 + 5 * draw(x, 'manual percent', 2)) // 100 END AS manual
    FROM counted
), reduced AS (
    SELECT *, CASE WHEN item IS NULL OR draw(x, 'coupon', 1000) >= 20 THEN 0
                   ELSE least(1000, (listed - manual) // 2) END AS coupon
    FROM priced
), paid AS (
    SELECT r.*, CASE WHEN n = 1 AND points > 0 THEN 10 * least(points, (listed - manual - coupon) // 20)
                     ELSE 0 END AS bonus
    FROM reduced r LEFT JOIN redemption USING (d)
), settled AS (
    SELECT *, listed - manual - coupon - bonus AS net FROM paid
)
SELECT CAST(100000 + d AS VARCHAR) AS sale_id, CAST(n AS VARCHAR) AS line_no, client_id(c) AS client_id,
       CASE WHEN draw(o, 'no branch', 1000) >= 4 THEN branch_id(b) END AS branch_id, sold_at,
       money(sign * net) AS amount, CAST(sign * quantity AS DECIMAL(18, 3)) AS quantity,
       kind, state,
       money(CASE WHEN item IS NULL THEN 0 ELSE sign * ((net + 3) // 6) END) AS tax_amount,
       item_id(item) AS item_id, CASE WHEN item IS NOT NULL THEN branch_title(b) END AS item_category,
       CASE WHEN item IS NOT NULL THEN list END AS price_list_id,
       money(sign * base) AS base_amount, money(sign * listed) AS list_amount,
       money(sign * manual) AS manual_discount, money(sign * coupon) AS coupon_discount,
       money(sign * bonus) AS bonus_paid,
       CASE WHEN draw(x, 'no cost', 1000) >= 30
            THEN money(sign * (quantity * coalesce(base_price, list_price) * (30 + draw(item, 'cost', 36)) // 100))
       END AS cost_amount,
       CASE WHEN is_return THEN CAST(100000 + o AS VARCHAR) END AS original_sale_id,
       CASE WHEN is_return THEN CAST(n AS VARCHAR) END AS original_line_no,
       'Room ' || (1 + draw(o, 'room', 3)) AS own_room
FROM settled ORDER BY d, n;

-- The ledger. Points are earned a document, at the rate of the client's bonus kind; the points of one month may pay
-- a part of the client's first purchase in the next; what is left expires a year after it was earned.

CREATE VIEW bonus_kind AS FROM (VALUES
    ('NONE', 'No bonuses', 0.0, 0.0, NULL),
    ('SILVER', 'Silver: 3 points for 10 €', 0.3, 20.0, 365),
    ('GOLD', 'Gold: 5 points for 10 €', 0.5, 0.0, 365)) t(bonus_kind_id, name, rate, min_order, expiry_days);

CREATE MACRO bonus_kind_of(c) AS CASE
    WHEN draw(twin(c), 'bonus', 100) < 30 THEN NULL
    WHEN appetite(c) > 4 OR draw(twin(c), 'bonus', 100) > 90 THEN 'GOLD' ELSE 'SILVER' END;

CREATE MACRO client_number(id) AS CASE id
    WHEN '7' THEN 0 WHEN '007' THEN 1 WHEN 'B-204' THEN 2 WHEN 'a-204' THEN 3 ELSE CAST(id AS BIGINT) - 1000 END;

CREATE VIEW redeemed AS
WITH balance AS (
    SELECT client_id, CAST(sum(points) AS BIGINT) AS points FROM past_entry
    WHERE kind IN ('accrued', 'reversed') GROUP BY client_id HAVING sum(points) >= 10
)
SELECT min(d) AS d, any_value(points) AS points
FROM this_month JOIN balance ON client_id = client_id(c)
WHERE kind = 'sale' AND state = 'final' AND NOT is_return(d + getvariable('return_gap')) AND NOT is_pair(d)
  AND draw(c, date_trunc('month', sold_at), 100) < 60
GROUP BY c;

CREATE MACRO bonus_entry(sale_lines) AS TABLE
WITH document AS (
    SELECT sale_id, client_id, kind, min(sold_at) AS entry_at, CAST(sum(amount) AS DECIMAL(18, 2)) AS amount,
           sum(bonus_paid) AS bonus_paid, any_value(original_sale_id) AS original_sale_id,
           bonus_kind_of(client_number(client_id)) AS bonus_kind_id
    FROM read_parquet(sale_lines)
    WHERE state = 'final' AND kind IN ('sale', 'return') AND client_id IS NOT NULL
    GROUP BY sale_id, client_id, kind
), accrued AS (
    SELECT client_id, entry_at, round(amount * rate, 0) AS points, 'accrued' AS kind, sale_id,
           CAST(entry_at AS DATE) + expiry_days AS expires_on
    FROM document JOIN bonus_kind USING (bonus_kind_id)
    WHERE kind = 'sale' AND amount >= min_order AND round(amount * rate, 0) > 0
), earned AS (
    SELECT sale_id, points FROM accrued
    UNION ALL SELECT sale_id, points FROM past_entry WHERE kind = 'accrued'
), reversed AS (
    SELECT client_id, entry_at, -least(round(-amount * rate, 0), points) AS points, 'reversed', d.sale_id, NULL
    FROM document d JOIN bonus_kind USING (bonus_kind_id) JOIN earned e ON e.sale_id = original_sale_id
    WHERE kind = 'return'
), redeemed AS (
    SELECT client_id, entry_at, -10 * bonus_paid, 'redeemed', sale_id, NULL FROM document WHERE bonus_paid > 0
), entry AS (
    FROM accrued UNION ALL FROM reversed WHERE points < 0 UNION ALL FROM redeemed
)
SELECT kind || '-' || sale_id AS entry_id, client_id, entry_at, CAST(points AS DECIMAL(18, 3)) AS points, kind,
       sale_id, CAST(expires_on AS DATE) AS expires_on
FROM entry ORDER BY entry_at, entry_id;

-- Redemptions and reversals take the points that expire first: what has expired by the end of a day is the most by
-- which the points due by then or earlier ever exceeded those taken until then.
CREATE MACRO expired(entries) AS TABLE
WITH event AS (
    SELECT client_id, expires_on + TIME '23:59:59' AS entry_at, 1 AS is_due, sale_id, points, expires_on
    FROM read_parquet(entries) WHERE kind = 'accrued' AND expires_on <= getvariable('last')
    UNION ALL
    SELECT client_id, entry_at, 0, sale_id, points, NULL FROM read_parquet(entries) WHERE kind <> 'accrued'
), summed AS (
    SELECT *, sum(points) OVER so_far AS due FROM event
    WINDOW so_far AS (PARTITION BY client_id ORDER BY entry_at, is_due, sale_id)
), peaked AS (
    SELECT *, greatest(0, max(due) OVER so_far) AS gone FROM summed
    WINDOW so_far AS (PARTITION BY client_id ORDER BY entry_at, is_due, sale_id)
), stepped AS (
    SELECT *, gone - lag(gone, 1, 0) OVER so_far AS lost FROM peaked
    WINDOW so_far AS (PARTITION BY client_id ORDER BY entry_at, is_due, sale_id)
)
SELECT 'expired-' || sale_id AS entry_id, client_id, entry_at, CAST(-lost AS DECIMAL(18, 3)) AS points,
       'expired' AS kind, sale_id, expires_on
FROM stepped WHERE lost > 0 ORDER BY entry_at, entry_id;

-- The small tables.

CREATE VIEW client AS
SELECT client_id(c) AS client_id,
       coalesce(getvariable('special_names')[1 + c],
                getvariable('names')[1 + c * 379 % len(getvariable('names'))]) AS client_name,
       assigned_list(c, getvariable('days')) AS price_list_id, bonus_kind_of(c) AS bonus_kind_id,
       created_on(c) AS created_on
FROM range(getvariable('clients') + getvariable('never_bought')) t(c) ORDER BY c;

CREATE VIEW client_price_list AS
WITH known AS (SELECT *, getvariable('first') + CAST(change_day(c) AS INTEGER) AS changed_on
               FROM range(getvariable('clients') + getvariable('never_bought')) t(c))
SELECT client_id(c) AS client_id, first_list(c) AS price_list_id, created_on(c) AS valid_from,
       changed_on - 1 AS valid_to
FROM known WHERE price_list_id IS NOT NULL
UNION ALL
SELECT client_id(c), second_list(c), changed_on, NULL FROM known WHERE changed_on IS NOT NULL
ORDER BY client_id, valid_from;

CREATE VIEW price_list AS FROM (VALUES
    ('STD', 'Standard', true), ('VIP', 'VIP', false), ('SEN', 'Seniors', false), ('EMP', 'Employee', false),
    ('PAR', 'Partner', false)) t(price_list_id, price_list_name, is_base);

CREATE VIEW price_list_item AS
SELECT price_list_id, item_id(item) AS item_id, money(list_cents(item, is_new, price_list_id)) AS price,
       CASE WHEN is_new THEN getvariable('new_prices') ELSE getvariable('first') END AS valid_from,
       CASE WHEN NOT is_new THEN getvariable('new_prices') - 1 END AS valid_to
FROM price_list, range(1, 41) t(item), (VALUES (false), (true)) v(is_new)
WHERE item <> 30 ORDER BY ALL;

CREATE VIEW branch AS
SELECT branch_id(b) AS branch_id, branch_title(b) AS branch_name,
       CASE WHEN b = 7 THEN getvariable('opens') ELSE DATE '2015-09-01' END AS opened_on,
       CASE WHEN b = 8 THEN getvariable('closes') END AS closed_on, CAST(b AS INTEGER) AS sort_order
FROM range(1, 9) t(b);

CREATE VIEW branch_name AS
SELECT branch_id, CASE branch_name WHEN 'Radiology' THEN 'X-ray' ELSE branch_name END AS name, opened_on AS valid_from
FROM branch
UNION ALL SELECT 'D5', 'Radiology', getvariable('renamed')
ORDER BY branch_id, valid_from;

-- The same small tables in French: its names, of nobody, its departments, its price lists.

CREATE VIEW client_fr AS
SELECT * REPLACE (getvariable('french_names')
    [1 + row_number() OVER (ORDER BY client_id) * 379 % len(getvariable('french_names'))] AS client_name)
FROM client ORDER BY client_id;

CREATE VIEW branch_fr AS
SELECT * REPLACE (['Dentisterie', 'Cardiologie', 'Dermatologie', 'Pédiatrie', 'Radiologie', 'Laboratoire',
                   'Kinésithérapie', 'Ophtalmologie'][sort_order] AS branch_name)
FROM branch ORDER BY branch_id;

CREATE VIEW price_list_fr AS
SELECT * REPLACE (CASE price_list_id WHEN 'EMP' THEN 'Personnel' WHEN 'PAR' THEN 'Partenaires' ELSE price_list_name END
                  AS price_list_name)
FROM price_list;
