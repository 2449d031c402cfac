using Michi.CityOs.History;
using Michi.CityOs.Snapshots;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Storage;

/// <summary>Every tenant with what it has, and the figures of the store, for who runs the installation.</summary>
[Allow(Right.Administer)]
internal sealed class TenantListPage(ICityStore store, IHistory history, PlaceDirectory places) : MichiPage
{
    private const int PageSize = 100;

    /// <summary>A tenant in the list.</summary>
    /// <param name="Place">The place of the same slug; null where there is none.</param>
    public sealed record Row(string Tenant, Place? Place, long Entities, int Types, DateTimeOffset? ChangedAt);

    /// <summary>Name of the last tenant of the page before.</summary>
    [BindProperty(SupportsGet = true, Name = "after")]
    public string? After { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public int Total { get; private set; }

    /// <summary>Name of the last tenant shown where there are more.</summary>
    public string? Next { get; private set; }

    public StoreFigures Figures { get; private set; } = null!;

    public long HistoryBytes { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var all = await TenantsAsync(cancel);
        Total = all.Count;
        var rest = all.Where(t => After is null || string.CompareOrdinal(t, After) > 0).ToList();
        Rows = await ReadAsync(rest.Take(PageSize), cancel);
        Next = rest.Count > PageSize ? Rows[^1].Tenant : null;
        Figures = await store.MeasureAsync(cancel);
        HistoryBytes = await history.BytesAsync(cancel);
    }

    /// <summary>All tenants as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel) => TableDownload.Answer(format, "tenants", new Table(
        T["tenants.title"], [new(T["tenants.tenant"]), new(T["tenants.place"]), new(T["city-os.entities"]), new(T["city-os.types"]), new(T["city-os.changed"])],
        (await ReadAsync(await TenantsAsync(cancel), cancel)).Select(r => (IReadOnlyList<TableCell>)[r.Tenant, r.Place?.NameIn(Lang), r.Entities, r.Types, r.ChangedAt is { } at ? Entities.EntityWriter.Text(at) : null])));

    private async Task<List<string>> TenantsAsync(CancellationToken cancel) => [.. (await store.TenantsAsync(cancel)).Where(t => !SnapshotBook.IsSpace(t)).Append("").Order(StringComparer.Ordinal)];

    private async Task<IReadOnlyList<Row>> ReadAsync(IEnumerable<string> tenants, CancellationToken cancel)
    {
        List<Row> rows = [];
        foreach (var tenant in tenants)
        {
            var counts = await store.CountAsync(tenant, cancel);
            rows.Add(new(tenant, tenant.Length == 0 ? null : await places.FindAsync(tenant, cancel), (await store.QueryAsync(tenant, new(), new(0, HasCount: true), cancel)).Count ?? 0, counts.Count(c => c.Name is null), await history.ChangedAtAsync(tenant, cancel)));
        }
        return rows;
    }
}
