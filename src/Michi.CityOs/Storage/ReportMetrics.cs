using System.Globalization;
using System.Text;
using Michi.CityOs.History;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Subscriptions;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.CityOs.Storage;

/// <summary>The figures of the City OS for a monitoring system, in the text format of Prometheus, version 0.0.4.</summary>
internal static class ReportMetrics
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/metrics", Handle).WithMetadata(new AllowAttribute(Right.Administer)).WithSummary("Figures of the City OS in the text format of Prometheus");

    public static async Task<ContentHttpResult> Handle(ICityStore store, IHistory history, SubscriptionBook book, Notifier notifier, CancellationToken cancel)
    {
        var figures = await store.MeasureAsync(cancel);
        var subscriptions = book.Where(_ => true);
        var text = new StringBuilder();
        Write("michi_cityos_store_bytes", "gauge", "Entities on disk, with the log of the database.", [("", figures.Bytes)]);
        Write("michi_cityos_history_bytes", "gauge", "History on disk, with the log of the database.", [("", await history.BytesAsync(cancel))]);
        Write("michi_cityos_changes_total", "counter", "Changes of entities ever committed.", [("", figures.LastChange)]);
        Write("michi_cityos_changes_waiting", "gauge", "Changes that a reader has not done with.", figures.Readers.Keys.Select(r => ($"{{reader=\"{r}\"}}", figures.Behind(r))));
        Write("michi_cityos_tenants", "gauge", "Tenants, without the default one.", [("", (await store.TenantsAsync(cancel)).Count(t => !SnapshotBook.IsSpace(t)))]);
        Write("michi_cityos_subscriptions", "gauge", "Subscriptions of all tenants.", [("", subscriptions.Count)]);
        Write("michi_cityos_subscriptions_failed", "gauge", "Subscriptions whose last notification failed.", [("", subscriptions.Count(s => s.Record.Figures.IsFailed))]);
        Write("michi_cityos_notifications_waiting", "gauge", "Notifications not sent yet.", [("", subscriptions.Select(s => s.Tenant).Distinct().Sum(t => notifier.Waiting(t).Values.Sum()))]);
        return TypedResults.Text(text.ToString(), "text/plain; version=0.0.4; charset=utf-8");

        void Write(string name, string kind, string help, IEnumerable<(string Labels, long Value)> values)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");
            foreach (var (labels, value) in values) text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
        }
    }
}
