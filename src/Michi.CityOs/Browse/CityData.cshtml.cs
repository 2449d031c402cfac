using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Browse;

/// <summary>What data of a place the City OS has, and how the store is.</summary>
[Allow(Right.Contribute)]
internal sealed class CityDataPage(ICityStore store, IHistory history, SubscriptionBook subscriptions, Notifier notifier, CityOsOptions options, TimeProvider clock) : CityOsPage(store)
{
    /// <summary>A type in the overview.</summary>
    /// <param name="Attributes">How many different ones its entities have.</param>
    /// <param name="HasPlace">Whether some of its entities can be drawn on a map.</param>
    public sealed record TypeRow(string Type, long Entities, int Attributes, bool HasPlace);

    public IReadOnlyList<TypeRow> Types { get; private set; } = [];

    /// <summary>Entities in all; one of two types counts once.</summary>
    public long Entities { get; private set; }

    public DateTimeOffset? ChangedAt { get; private set; }

    public IReadOnlyList<Subscription> Subscribed { get; private set; } = [];

    public int Failed { get; private set; }

    public int Waiting { get; private set; }

    public StoreFigures Figures { get; private set; } = null!;

    public long HistoryBytes { get; private set; }

    public bool MayWrite { get; private set; }

    /// <summary>Whether requests need no token.</summary>
    public bool IsOpen => options.IsOpen;

    /// <summary>Where programs send data.</summary>
    public string Api => $"{Request.Scheme}://{Request.Host}{Request.PathBase}{NgsiLdApi.Root}";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var counts = await Store.CountAsync(Tenant, cancel);
        Types = [.. counts.GroupBy(c => c.Type).Select(g => new TypeRow(
            g.Key,
            g.Where(c => c.Name is null).Sum(c => c.Entities),
            g.Where(c => c.Name is not null).Select(c => c.Name).Distinct().Count(),
            g.Any(c => c.Name is not null && c.Kind == AttributeKind.GeoProperty))).OrderBy(r => EntityText.Name(r.Type), StringComparer.OrdinalIgnoreCase)];
        Entities = (await Store.QueryAsync(Tenant, new(), new(0, HasCount: true), cancel)).Count ?? 0;
        IsDemonstration = await BeginsWithDemonstrationAsync(null, cancel);
        ChangedAt = await history.ChangedAtAsync(Tenant, cancel);
        var now = clock.GetUtcNow();
        Subscribed = subscriptions.Where(s => s.Tenant == Tenant);
        Failed = Subscribed.Count(s => s.Notifies(now) && s.Record.Figures.IsFailed);
        Waiting = notifier.Waiting(Tenant).Values.Sum();
        Figures = await Store.MeasureAsync(cancel);
        HistoryBytes = await history.BytesAsync(cancel);
        MayWrite = await Reader.CanAsync(Right.ManagePlace, Place, cancel);
    }

    /// <summary>The types as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, $"{Tenant}-types", Sheet(T["city-os.types"], [T["city-os.type"], T["city-os.name-in-full"], T["city-os.entities"], T["city-os.attributes"]],
            Types.Select(r => (IReadOnlyList<TableCell>)[EntityText.Name(r.Type), r.Type, r.Entities, r.Attributes])));
    }
}
