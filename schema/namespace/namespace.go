// Package namespace is the part of the schema that Temporal keeps: the namespace
// and its search attributes.
package namespace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention of closed workflows; short, because the visibility table grows with
// it and the product's own database keeps the history.
const retention = 3 * 24 * time.Hour

// Prepare makes the namespace of opts and its search attributes, as far as they
// are not there, and waits until they can be used. Who may not make namespaces,
// as with an API key of a hosted Temporal, must have been given one.
func Prepare(ctx context.Context, opts client.Options) error {
	opts.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler)) // failures are returned
	namespace := opts.Namespace
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return fmt.Errorf("reach Temporal: %w", err)
	}
	defer c.Close()
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention)})
	var there *serviceerror.NamespaceAlreadyExists
	var denied *serviceerror.PermissionDenied
	if errors.As(err, &denied) {
		_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	}
	if err != nil && !errors.As(err, &there) {
		return fmt.Errorf("register namespace: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		added, err := addSearchAttributes(ctx, c, namespace)
		if err == nil && !added {
			return nil
		}
		select { // a new namespace reaches the server's caches within seconds
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// addSearchAttributes reports whether any was missing.
func addSearchAttributes(ctx context.Context, c client.Client, namespace string) (added bool, err error) {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return false, fmt.Errorf("list search attributes: %w", err)
	}
	add := map[string]enums.IndexedValueType{}
	for name, typ := range searchAttributes() {
		if _, there := have.CustomAttributes[name]; !there {
			add[name] = typ
		}
	}
	if len(add) == 0 {
		return false, nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: add})
	if err != nil {
		return false, fmt.Errorf("add search attributes: %w", err)
	}
	return true, nil
}

// searchAttributes are those of package workflows/contract.
func searchAttributes() map[string]enums.IndexedValueType {
	const keyword, datetime = enums.INDEXED_VALUE_TYPE_KEYWORD, enums.INDEXED_VALUE_TYPE_DATETIME
	return map[string]enums.IndexedValueType{
		"OcChannel": keyword, "OcChannelAccount": keyword, "OcWorkstream": keyword, "OcQueue": keyword, "OcAgent": keyword,
		"OcState": keyword, "OcCampaign": keyword, "OcWaitingSince": datetime, "OcNextDeadline": datetime,
		"OcPriority": enums.INDEXED_VALUE_TYPE_INT, "OcVersion": enums.INDEXED_VALUE_TYPE_INT,
	}
}
