using System.Buffers;
using System.Text.Json;
using Michi.CityOs.Demonstration;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Browse;

/// <summary>The entities of a type on a map: drawn on the server, and by a script where there is one that can.</summary>
[Allow(Right.Contribute)]
internal sealed class EntityMapPage(ICityStore store, HtmlRenderer renderer) : CityOsPage(store)
{
    /// <summary>Entities on the map.</summary>
    public const int MostPoints = 2_000;

    /// <summary>Entities looked at for them: not all have a place.</summary>
    private const int MostLookedAt = 5_000;

    /// <summary>Rows on the page; the file has all that is drawn.</summary>
    public const int MostRows = 50;

    private const int Portion = 1_000;

    /// <summary>An entity that is somewhere.</summary>
    public sealed record Drawn(Entity Entity, string? Title, double Longitude, double Latitude);

    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    /// <summary>Types of which some entities can be drawn.</summary>
    public IReadOnlyList<TypeCount> Types { get; private set; } = [];

    /// <summary>Expanded.</summary>
    public string TypeName { get; private set; } = "";

    public long Count { get; private set; }

    public IReadOnlyList<Drawn> Points { get; private set; } = [];

    /// <summary>How many were looked at that have no place.</summary>
    public int Placeless { get; private set; }

    /// <summary>Whether there are entities that were not looked at.</summary>
    public bool IsCut { get; private set; }

    public IHtmlContent? Picture { get; private set; }

    public string PointsAddress => With("entities/map", ("type", Type), ("handler", "points"));

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        if (Points.Count > 0)
        {
            Picture = await renderer.RenderAsync<DotMap>(
                (nameof(DotMap.Title), T["map.picture", EntityText.Name(TypeName), Points.Count]),
                (nameof(DotMap.Points), Points.Select(p => (p.Longitude, p.Latitude)).ToList()),
                (nameof(DotMap.Outline), Place.Boundary),
                (nameof(DotMap.Culture), T.Culture));
        }
        return Page();
    }

    /// <summary>What the map shows as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        return TableDownload.Answer(format, $"{Tenant}-map", Sheet(EntityText.Name(TypeName), [T["entities.id"], T["map.name"], T["map.latitude"], T["map.longitude"], T["entities.changed"]],
            Points.Select(p => (IReadOnlyList<TableCell>)[p.Entity.Id, p.Title, p.Latitude, p.Longitude, Time(p.Entity.ModifiedAt)])));
    }

    /// <summary>What the map shows as GeoJSON (RFC 7946), for the script; the boundary of the place goes along as a foreign member.</summary>
    public async Task<IActionResult> OnGetPointsAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "FeatureCollection"u8);
            if (Place.Boundary is { } boundary)
            {
                json.WritePropertyName("boundary"u8);
                json.WriteRawValue(boundary);
            }
            json.WriteStartArray("features"u8);
            foreach (var point in Points)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "Feature"u8);
                json.WriteStartObject("geometry"u8);
                json.WriteString("type"u8, "Point"u8);
                json.WriteStartArray("coordinates"u8);
                json.WriteNumberValue(point.Longitude);
                json.WriteNumberValue(point.Latitude);
                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteStartObject("properties"u8);
                json.WriteString("id"u8, point.Entity.Id);
                json.WriteString("name"u8, point.Title ?? point.Entity.Id);
                json.WriteString("href"u8, EntityAddress(point.Entity.Id));
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Response.Headers.CacheControl = "no-store";
        return File(buffer.WrittenMemory.ToArray(), Api.NgsiLdCall.GeoJson);
    }

    private async Task<bool> LoadAsync(CancellationToken cancel)
    {
        var counts = await Store.CountAsync(Tenant, cancel);
        var placed = counts.Where(c => c.Name is not null && c.Kind == AttributeKind.GeoProperty).Select(c => c.Type).ToHashSet(StringComparer.Ordinal);
        Types = [.. counts.Where(c => c.Name is null && placed.Contains(c.Type)).OrderBy(c => EntityText.Name(c.Type), StringComparer.OrdinalIgnoreCase)];
        if (string.IsNullOrEmpty(Type))
        {
            if (Types.Count == 0) return true;
            Type = Compact(Types[0].Type);
        }
        TypeName = JsonLdContext.Core.Expand(Type);
        Count = counts.Where(c => c.Name is null && c.Type == TypeName).Sum(c => c.Entities);
        if (Count == 0) return false;
        List<Drawn> points = [];
        var page = new EntityPage([], 0, true, null);
        for (var looked = 0; page.HasMore && looked < MostLookedAt && points.Count < MostPoints; looked += page.Entities.Count)
        {
            page = await Store.QueryAsync(Tenant, new StoreQuery { Types = [TypeName] }, new(Portion, After: page.Last), cancel);
            foreach (var entity in page.Entities)
            {
                if (points.Count == MostPoints)
                {
                    IsCut = true;
                    break;
                }
                if (EntityText.PlaceOf(entity) is { } property && EntityText.PointOf(entity, property) is var (longitude, latitude)) points.Add(new(entity, Text.Title(entity), longitude, latitude));
                else Placeless++;
            }
        }
        IsCut |= page.HasMore;
        (Points, IsDemonstration) = (points, points.Exists(p => DemonstrationCity.Has(p.Entity)));
        return true;
    }
}
