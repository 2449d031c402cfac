using System.Text.Json;
using Michi.CityOs.Browse;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Subscriptions;

/// <summary>The subscriptions of a place and how their notifications fare; who may write pauses, resumes and deletes them.</summary>
[Allow(Right.Contribute, Right.ManagePlace)]
internal sealed class SubscriptionListPage(ICityStore store, SubscriptionBook book, Notifier notifier, AuditTrail audit, TimeProvider clock) : CityOsPage(store)
{
    private const int PageSize = 50;

    /// <summary>A subscription in the list.</summary>
    /// <param name="Document">What was asked for.</param>
    /// <param name="Endpoint">Scheme, host and port alone: what follows may hold secrets.</param>
    /// <param name="State">"active", "paused" or "expired", as the standard says it.</param>
    /// <param name="Waiting">Notifications that are not sent yet.</param>
    public sealed record Row(SubscriptionDocument Document, string Endpoint, string State, DeliveryFigures Figures, int Waiting)
    {
        public string Name => Document["subscriptionName"]?.GetString() ?? Document.Id;
    }

    /// <summary>First of the list that is shown.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public int From { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public int Total { get; private set; }

    public bool MayWrite { get; private set; }

    public int? Before => From > 0 ? Math.Max(0, From - PageSize) : null;

    public int? After => From + PageSize < Total ? From + PageSize : null;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        MayWrite = await Reader.CanAsync(Right.ManagePlace, Place, cancel);
        var all = await Store.ListDocumentsAsync(DocumentKind.Subscription, Tenant, cancel);
        Total = all.Count;
        From = Math.Clamp(From, 0, Math.Max(0, (Total - 1) / PageSize * PageSize));
        Rows = await ReadAsync(all.Skip(From).Take(PageSize), cancel);
    }

    /// <summary>All subscriptions as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        var rows = await ReadAsync(await Store.ListDocumentsAsync(DocumentKind.Subscription, Tenant, cancel), cancel);
        return TableDownload.Answer(format, $"{Tenant}-subscriptions", Sheet(T["subscription.title"],
            [T["subscription.name"], T["entities.id"], T["subscription.state"], T["subscription.endpoint"], T["subscription.about"], T["subscription.sent"], T["subscription.failed"], T["subscription.waiting"], T["subscription.last-success"], T["subscription.last-failure"]],
            rows.Select(r => (IReadOnlyList<TableCell>)[r.Name, r.Document.Id, T[$"subscription.state-{r.State}"], r.Endpoint, About(r), r.Figures.Sent, r.Figures.Failed, r.Waiting, Time(r.Figures.LastSuccess), Time(r.Figures.LastFailure)])));
    }

    public Task<IActionResult> OnPostPauseAsync(string? id, CancellationToken cancel) => ChangeAsync("subscription.pause", "subscription.paused", id, i => SetActiveAsync(i, false, cancel), cancel);

    public Task<IActionResult> OnPostResumeAsync(string? id, CancellationToken cancel) => ChangeAsync("subscription.resume", "subscription.resumed", id, i => SetActiveAsync(i, true, cancel), cancel);

    public Task<IActionResult> OnPostDeleteAsync(string? id, CancellationToken cancel) => ChangeAsync("subscription.delete", "subscription.deleted", id, i => book.DeleteAsync(Tenant, i, cancel), cancel);

    /// <summary>What a subscription is told of: types, ids and attributes.</summary>
    public string About(Row row)
    {
        List<string> parts = [];
        if (row.Document["entities"] is { } entities)
            foreach (var selector in entities.EnumerateArray())
                parts.Add(selector.TryGetProperty("type", out var type) ? NameList.Rewrite(type.GetString()!, EntityText.Name)
                    : selector.TryGetProperty("id", out var id) ? string.Join(", ", id.OneOrMany().Select(i => i.ToString()))
                    : selector.TryGetProperty("idPattern", out var pattern) ? pattern.ToString() : "");
        if (row.Document["watchedAttributes"] is { } watched) parts.Add(T["subscription.watched", EntityText.Names(watched.EnumerateArray().Select(w => w.GetString()!))]);
        if (row.Document["q"] is { } q) parts.Add(q.ToString());
        if (row.Document["timeInterval"] is { } seconds) parts.Add(T["subscription.every", seconds.GetDouble()]);
        return string.Join(" · ", parts.Where(p => p.Length > 0));
    }

    private Task SetActiveAsync(string id, bool isActive, CancellationToken cancel) =>
        book.UpdateAsync(Tenant, id, [("isActive", JsonSerializer.SerializeToElement(isActive))], JsonLdContext.Core.Source, cancel);

    private async Task<IActionResult> ChangeAsync(string action, string said, string? id, Func<string, Task> change, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(id) || await Store.FindDocumentAsync(DocumentKind.Subscription, Tenant, id, cancel) is null) return NotFound();
        await audit.RecordAsync(action, Place.Id, id, cancel);
        try
        {
            await change(id);
        }
        catch (NgsiLdException refusal)
        {
            // Deleted in between, or a context of it cannot be had just now.
            if (refusal.Status == 404) return NotFound();
            await OnGetAsync(cancel);
            Errors.Add(("list", T["subscription.refused", refusal.Detail ?? refusal.Title]));
            return Again();
        }
        Say(T[said]);
        return Redirect(Here("subscriptions"));
    }

    private async Task<IReadOnlyList<Row>> ReadAsync(IEnumerable<(string Id, byte[] Body)> documents, CancellationToken cancel)
    {
        var (now, waiting) = (clock.GetUtcNow(), notifier.Waiting(Tenant));
        List<Row> rows = [];
        foreach (var (id, body) in documents)
        {
            var document = SubscriptionDocument.Read(body);
            var endpoint = NotificationEndpoint.Read(document["notification"]!.Value.GetProperty("endpoint")).Uri;
            rows.Add(new(document, endpoint.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped), document.StateAt(now), (await book.RecordAsync(Tenant, id, cancel)).Figures, waiting.GetValueOrDefault(id)));
        }
        return rows;
    }
}
