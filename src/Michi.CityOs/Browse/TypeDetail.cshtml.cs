using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Browse;

/// <summary>A type: which attributes its entities have, of which kind, and how many have them.</summary>
[Allow(Right.Contribute)]
internal sealed class TypeDetailPage(ICityStore store) : CityOsPage(store)
{
    [BindProperty(SupportsGet = true, Name = "name")]
    public string? Name { get; set; }

    /// <summary>Expanded.</summary>
    public string Type { get; private set; } = "";

    public long Entities { get; private set; }

    public IReadOnlyList<TypeCount> Attributes { get; private set; } = [];

    public bool HasPlace => Attributes.Any(a => a.Kind == AttributeKind.GeoProperty);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        IsDemonstration = await BeginsWithDemonstrationAsync(Type, cancel);
        return Page();
    }

    /// <summary>The attributes as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        return TableDownload.Answer(format, $"{Tenant}-attributes", Sheet(T["city-os.attributes"], [T["city-os.attribute"], T["city-os.name-in-full"], T["city-os.kind-of"], T["city-os.entities"], T["city-os.share"]],
            Attributes.Select(a => (IReadOnlyList<TableCell>)[EntityText.Name(a.Name!), a.Name, Text.KindName(a.Kind), a.Entities, Share(a)])));
    }

    /// <summary>Percent of the type's entities that have an attribute.</summary>
    public double Share(TypeCount attribute) => Entities > 0 ? 100.0 * attribute.Entities / Entities : 0;

    private async Task<bool> LoadAsync(CancellationToken cancel)
    {
        Type = JsonLdContext.Core.Expand(Name ?? "");
        var counts = (await Store.CountAsync(Tenant, cancel)).Where(c => c.Type == Type).ToList();
        Entities = counts.Where(c => c.Name is null).Sum(c => c.Entities);
        Attributes = [.. counts.Where(c => c.Name is not null).OrderByDescending(c => c.Entities).ThenBy(c => EntityText.Name(c.Name!), StringComparer.OrdinalIgnoreCase)];
        return counts.Count > 0;
    }
}
