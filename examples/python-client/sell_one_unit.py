"""Sells the only unit of a SKU, and shows the refusal that the next shopper receives."""

import os
import time

from holdfast_client import AuthenticatedClient, Client
from holdfast_client.api.cart import cart_add
from holdfast_client.api.checkout import checkout_place
from holdfast_client.api.session import session_create
from holdfast_client.api.stock import stock_define, stock_receive
from holdfast_client.models import (
    CartAddBody,
    CartAddition,
    CartAddResponse409,
    CheckoutPlaceBody,
    InsufficientStock,
    Order,
    SessionCreateBody,
    SessionCreateResponse200,
    StockDefineBody,
    StockDefineBodyUnitPriceType0,
    StockLevel,
    StockReceiveBody,
)

BASE_URL = os.environ["HOLDFAST_URL"] + "/api/v1"
SKU = f"lamp-{time.time_ns()}"


def put_one_unit_on_sale() -> None:
    operator = AuthenticatedClient(base_url=BASE_URL, token=os.environ["OPERATOR_KEY"])
    price = StockDefineBodyUnitPriceType0(amount=4900, currency="EUR")
    defined = stock_define.sync(SKU, client=operator, body=StockDefineBody(unit_price=price))
    if not isinstance(defined, StockLevel):
        raise RuntimeError(f"the SKU was not defined: {defined}")
    stock_receive.sync(SKU, client=operator, body=StockReceiveBody(quantity=1))


def new_shopper() -> AuthenticatedClient:
    created = session_create.sync(client=Client(base_url=BASE_URL), body=SessionCreateBody())
    if not isinstance(created, SessionCreateResponse200):
        raise RuntimeError(f"no session was created: {created}")
    return AuthenticatedClient(
        base_url=BASE_URL, token=created.session_id, auth_header_name="X-Session-ID", prefix=""
    )


def buy(shopper: AuthenticatedClient) -> None:
    added = cart_add.sync(client=shopper, body=CartAddBody(sku=SKU, quantity=1))
    if isinstance(added, CartAddResponse409) and isinstance(added.error, InsufficientStock):
        line = added.error.meta.lines[0]
        print(f"refused: {line.requested} of {line.sku} requested, {line.available} available")
        return
    if not isinstance(added, CartAddition):
        raise RuntimeError(f"not added: {added}")
    # The key makes it safe to send the call again after a lost answer.
    key = f"order-of-{added.cart_id}"
    order = checkout_place.sync(client=shopper, body=CheckoutPlaceBody(), idempotency_key=key)
    if not isinstance(order, Order):
        raise RuntimeError(f"not sold: {order}")
    print(f"sold: order {order.order_id} is {order.status.value}")


put_one_unit_on_sale()
buy(new_shopper())
buy(new_shopper())
