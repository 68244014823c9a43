"""Longer texts of the spans of `span_seed`."""

from __future__ import annotations

from tests.browser.seed import HOSTILE

STATEMENT = (
    "SELECT o.id, o.total FROM orders o LEFT JOIN customers c ON c.id = o.customer_id "
    "WHERE o.status = 'open' AND o.total > $1 AND o.id IN (SELECT order_id FROM flags) ORDER BY o.id LIMIT 10"
)

PYTHON_STACK = """Traceback (most recent call last):
  File "/srv/shop/bank.py", line 41, in ask
    return self.client.post(url)
           ^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line 914, in send
    response = self._send_handling_auth(request)
  File "/usr/lib/python3.11/site-packages/httpcore/_sync/pool.py", line 12, in handle
    raise ConnectError("refused")
httpcore.ConnectError: refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/orders.py", line 7, in charge
    bank.ask(url)
shop.PaymentFailed: the bank does not answer
"""

NODE_STACK = """TypeError: Cannot read properties of undefined (reading 'total')
    at charge (/srv/app/src/bank.js:10:5)
    at Layer.handle (/srv/app/node_modules/express/lib/router/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at main (file:///srv/app/src/main.mjs:3:1)"""

JAVA_STACK = """java.lang.IllegalStateException: cannot charge
\tat com.shop.Bank.charge(Bank.java:12)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
\tat org.springframework.web.method.Handler.invoke(Handler.java:9)
\tat com.shop.Main.main(Main.java:7)
Caused by: java.net.ConnectException: refused
\tat com.shop.Net.open(Net.java:3)
\t... 2 more"""

GO_STACK = """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.charge(0x1, {0xc000012345, 0x3})
\t/srv/shop/bank.go:12 +0x1d
net/http.HandlerFunc.ServeHTTP(0x0?, {0x0?, 0x0?}, 0x0?)
\t/usr/local/go/src/net/http/server.go:2136 +0x29
main.main()
\t/srv/shop/main.go:8 +0x11"""

INPUT_MESSAGES = [
    {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Paris?\nAnd in Rome?"}]},
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "I need the weather tool."},
            {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Paris"}},
        ],
    },
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "call_1", "response": {"degrees": 21}}],
    },
]
OUTPUT_MESSAGES = [
    {
        "role": "assistant",
        "parts": [{"type": "text", "content": "Paris has 21 degrees."}],
        "finish_reason": "stop",
    }
]
CUT_OFF_MESSAGES = '[{"role":"user","parts":[{"type":"text","content":"cut of… [truncated'
HOSTILE_STACK = f"""Traceback (most recent call last):
  File "{HOSTILE}", line 1, in {HOSTILE}
{HOSTILE}"""
