using System.Globalization;
using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Places;

/// <summary>Changes a place: its names, where it lies, who may see it, and the facts kept of it.</summary>
[Allow(Right.ManagePlace)]
internal sealed class EditPlacePage(PlatformDb db, ChangePlace change, AddFact addFact, PlaceBook book, PlaceDirectory places, PackStore packs) : PlacePage
{

    /// <summary>The form's names, a row each: language and name.</summary>
    public List<(string Language, string Name)> Names { get; private set; } = [];
    public string CountryCode { get; private set; } = "";
    public string Latitude { get; private set; } = "";
    public string Longitude { get; private set; } = "";
    public string BoundaryText { get; private set; } = "";
    public bool IsPublic { get; private set; }

    public AddFact.Request Fact { get; private set; } = new(null, null, null, null);
    public IReadOnlyList<PlaceFact> Facts { get; private set; } = [];
    public IReadOnlyList<PlaceFact> Withdrawn { get; private set; } = [];
    public IReadOnlyList<FactKind> Kinds => packs.Current.Facts;

    public Task OnGetAsync(CancellationToken cancel) => ShowAsync(cancel);

    public async Task<IActionResult> OnPostPlaceAsync(
        string[] language, string[] name, string? countryCode, string? latitude, string? longitude, string? boundary, bool removeBoundary, bool isPublic, IFormFile? boundaryFile, CancellationToken cancel)
    {
        var check = new InputCheck();
        var rows = language.Zip(name, (l, n) => (Language: l?.Trim() ?? "", Name: n?.Trim() ?? "")).Where(r => r.Language.Length + r.Name.Length > 0).ToList();
        foreach (var twice in rows.GroupBy(r => r.Language).Where(g => g.Count() > 1)) check.Refuse("names", "twice", twice.Key);
        // A language whose name was emptied is removed.
        var names = rows.Where(r => r.Name.Length > 0).DistinctBy(r => r.Language).ToDictionary(r => r.Language, r => r.Name);
        var text = boundary?.Trim() ?? "";
        if (boundaryFile is { Length: > 0 })
        {
            if (boundaryFile.Length > 4 * Boundary.MaxLength) check.Refuse("boundary", "boundary-size");
            else
            {
                using var reader = new StreamReader(boundaryFile.OpenReadStream());
                text = await reader.ReadToEndAsync(cancel);
            }
        }
        var geometry = removeBoundary ? null : text.Length > 0 ? text : Place.Boundary;
        await change.ExecuteAsync(Place.Slug, names, countryCode, PlaceInput.Number(check, "latitude", latitude), PlaceInput.Number(check, "longitude", longitude), geometry, isPublic, check, cancel);
        if (!check.IsSound)
        {
            await ShowAsync(cancel);
            (Names, CountryCode, Latitude, Longitude, IsPublic, BoundaryText) = (rows, countryCode ?? "", latitude ?? "", longitude ?? "", isPublic, boundary ?? "");
            return Again(check.Faults);
        }
        Say(T["places.saved"]);
        return Redirect(Here("edit"));
    }

    public async Task<IActionResult> OnPostFactAsync(string? kind, string? value, string? source, string? date, CancellationToken cancel)
    {
        Fact = new(kind, value, source, date);
        var (_, faults) = await addFact.ExecuteAsync(Place, Fact, cancel);
        if (faults.Count > 0)
        {
            await ShowAsync(cancel);
            return Again(faults);
        }
        Say(T["places.fact-added"]);
        return Redirect(Here("edit#facts"));
    }

    public async Task<IActionResult> OnPostRetireAsync(Guid fact, CancellationToken cancel)
    {
        if (!await book.RetireFactAsync(Place.Id, fact, cancel)) return NotFound();
        await book.SaveAsync(cancel);
        Say(T["places.fact-withdrawn"]);
        return Redirect(Here("edit#facts"));
    }

    /// <summary>A fact's name and value as the reader writes them.</summary>
    public (string Name, string Value) Written(PlaceFact fact)
    {
        if (Kinds.FirstOrDefault(k => k.Id == fact.Kind) is not { } kind) return (fact.Kind, fact.Value);
        var value = kind.Type switch
        {
            "number" when decimal.TryParse(fact.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => $"{number.ToString("#,0.####", T.Culture)} {Pack[$"facts.{kind.Id}.unit"]}",
            "yes-no" => T[$"places.{fact.Value}"],
            _ => fact.Value,
        };
        return (Pack[$"facts.{kind.Id}.name"], value);
    }

    private async Task ShowAsync(CancellationToken cancel)
    {
        Names = [.. Place.Names.Select(n => (n.Key, n.Value))];
        (CountryCode, Latitude, Longitude, IsPublic) = (Place.CountryCode ?? "", Text(Place.Latitude), Text(Place.Longitude), Place.IsPublic);
        Facts = await places.FactsAsync(Place.Id, cancel);
        Withdrawn = await db.Facts.AsNoTracking().Where(f => f.PlaceId == Place.Id && f.RetiredAt != null).OrderByDescending(f => f.RetiredAt).Take(200).ToListAsync(cancel);

        static string Text(double? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
    }
}
