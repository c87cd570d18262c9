/** Questions analysts usually begin with; their names are texts (`example.…`). Held by a test of the server: each runs. */
export const EXAMPLES = {
  months: `SELECT date_trunc('month', placed_at)::DATE AS month,
       count(*) FILTER (kind = 'sale') AS orders,
       sum(net) AS revenue
FROM orders
WHERE currency = 'CNY'
GROUP BY month
ORDER BY month DESC
LIMIT 24`,
  best_customers: `SELECT customer_id, count(*) AS orders, sum(net) AS spent, max(placed_at) AS last_order
FROM orders
WHERE customer_id IS NOT NULL AND currency = 'CNY'
  AND placed_at >= now() - INTERVAL 365 DAYS
GROUP BY customer_id
ORDER BY spent DESC
LIMIT 100`,
  products: `SELECT p.name, p.category, sum(l.quantity) AS pieces, sum(l.net) AS revenue,
       count(DISTINCT l.customer_id) AS buyers
FROM order_lines l
JOIN products p USING (product_id)
WHERE l.currency = 'CNY'
GROUP BY ALL
ORDER BY revenue DESC
LIMIT 50`,
  second_order: `WITH numbered AS (
  SELECT customer_id, placed_at,
         row_number() OVER (PARTITION BY customer_id ORDER BY placed_at) AS place
  FROM orders
  WHERE kind = 'sale' AND customer_id IS NOT NULL
)
SELECT date_trunc('quarter', first.placed_at)::DATE AS first_bought,
       count(*) AS people,
       count(second.customer_id) AS came_back,
       round(100.0 * count(second.customer_id) / count(*), 1) AS percent,
       median(date_diff('day', first.placed_at, second.placed_at)) AS days_between
FROM numbered first
LEFT JOIN numbered second ON second.customer_id = first.customer_id AND second.place = 2
WHERE first.place = 1
GROUP BY first_bought
ORDER BY first_bought`,
  stores: `SELECT s.name AS store, s.city,
       sum(o.net) AS revenue,
       count(DISTINCT o.customer_id) AS members,
       round(100.0 * count(o.customer_id) / count(*), 1) AS percent_known
FROM orders o
JOIN stores s USING (store_id)
WHERE o.currency = 'CNY'
GROUP BY ALL
ORDER BY revenue DESC`,
  campaigns: `SELECT c.name AS campaign,
       count(*) AS messages,
       count(m.delivered_at) AS delivered,
       count(m.opened_at) AS opened,
       count(m.clicked_at) AS clicked,
       count(DISTINCT o.order_id) AS orders_within_7_days
FROM messages m
JOIN campaigns c USING (campaign_id)
LEFT JOIN orders o ON o.customer_id = m.customer_id AND o.kind = 'sale'
  AND o.placed_at BETWEEN m.sent_at AND m.sent_at + INTERVAL 7 DAYS
GROUP BY ALL
ORDER BY messages DESC`,
} as const;

export type ExampleName = keyof typeof EXAMPLES;
export const EXAMPLE_NAMES = Object.keys(EXAMPLES) as readonly ExampleName[];
