// Sells the only unit of a SKU, and shows the refusal that the next shopper receives.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"holdfast.example/go-client/holdfast"
)

var sku = fmt.Sprintf("lamp-%d", time.Now().UnixNano())

func newClient(header, value string) *holdfast.ClientWithResponses {
	withHeader := func(_ context.Context, request *http.Request) error {
		if header != "" {
			request.Header.Set(header, value)
		}
		return nil
	}
	url := os.Getenv("HOLDFAST_URL") + "/api/v1"
	client, err := holdfast.NewClientWithResponses(url, holdfast.WithRequestEditorFn(withHeader))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func putOneUnitOnSale(ctx context.Context) error {
	operator := newClient("Authorization", "Bearer "+os.Getenv("OPERATOR_KEY"))
	title := "A lamp"
	defined, err := operator.StockDefineWithResponse(ctx, sku, nil, holdfast.StockDefineJSONRequestBody{Title: &title})
	if err != nil {
		return err
	}
	if defined.JSON200 == nil {
		return fmt.Errorf("the SKU was not defined: %s", defined.Body)
	}
	received, err := operator.StockReceiveWithResponse(ctx, sku, nil, holdfast.StockReceiveJSONRequestBody{Quantity: 1})
	if err == nil && received.JSON200 == nil {
		err = fmt.Errorf("the unit was not received: %s", received.Body)
	}
	return err
}

func newShopper(ctx context.Context) (*holdfast.ClientWithResponses, error) {
	created, err := newClient("", "").SessionCreateWithResponse(ctx, nil, holdfast.SessionCreateJSONRequestBody{})
	if err != nil {
		return nil, err
	}
	if created.JSON200 == nil {
		return nil, fmt.Errorf("no session was created: %s", created.Body)
	}
	return newClient("X-Session-ID", created.JSON200.SessionID), nil
}

func buy(ctx context.Context) error {
	shopper, err := newShopper(ctx)
	if err != nil {
		return err
	}
	added, err := shopper.CartAddWithResponse(ctx, nil, holdfast.CartAddJSONRequestBody{Sku: sku, Quantity: 1})
	switch {
	case err != nil:
		return err
	case added.JSON409 != nil:
		refusal, err := added.JSON409.Error.ValueByDiscriminator()
		if short, ok := refusal.(holdfast.InsufficientStock); ok {
			fmt.Println("refused:", shortageText(short))
			return nil
		}
		return fmt.Errorf("not added: %s %w", added.Body, err)
	case added.JSON200 == nil:
		return fmt.Errorf("not added: %s", added.Body)
	}
	// The key makes it safe to send the call again after a lost answer.
	key := "order-of-" + added.JSON200.CartID
	params := &holdfast.CheckoutPlaceParams{IdempotencyKey: &key}
	order, err := shopper.CheckoutPlaceWithResponse(ctx, params, holdfast.CheckoutPlaceJSONRequestBody{})
	if err != nil {
		return err
	}
	if order.JSON200 == nil {
		return fmt.Errorf("not sold: %s", order.Body)
	}
	fmt.Printf("sold: order %s is %s\n", order.JSON200.OrderID, order.JSON200.Status)
	return nil
}

// shortageText leaves out the number of available units if the shop hides it (SHOW_STOCK).
func shortageText(refusal holdfast.InsufficientStock) string {
	line := refusal.Meta.Lines[0]
	text := fmt.Sprintf("%d of %s requested", line.Requested, line.Sku)
	if line.Available != nil {
		text += fmt.Sprintf(", %d available", *line.Available)
	}
	return text
}

func main() {
	ctx := context.Background()
	for _, step := range []func(context.Context) error{putOneUnitOnSale, buy, buy} {
		if err := step(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
