using System.Globalization;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Position;

/// <summary>Stage, direction and scale-up of a place, each with its reasons; a facilitator confirms the characteristic.</summary>
[Allow(Right.ViewPlace, Right.Facilitate)]
internal sealed class PositionPage(PlaceBook places) : DiagnosisPage
{
    public override string Step => "direct";

    public bool MayConfirm { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) => MayConfirm = await Reader.CanAsync(Right.Facilitate, Place, cancel);

    /// <summary>What holds the place back from its next stage, as a file.</summary>
    public IActionResult OnGetTable(string? format) => D.NextStage is not { } next ? NotFound() : TableDownload.Answer(format, $"{Place.Slug}-position",
        PageTable.Of(T["position.blockers", Words.Name("stages", next.Id)],
            [.. PageTable.Headers(T, "code", "element", "target", "below", "veto"), .. PageTable.Levels(T)],
            D.Blockers.Select(b => (IReadOnlyList<TableCell>)[b.Element.Element.Id, Words.Name("elements", b.Element.Element.Id), next.Level, b.Below, b.Veto, .. PageTable.Numbers(b.Element.Levels)])));

    public async Task<IActionResult> OnPostAsync(string? characteristic, string? reason, CancellationToken cancel)
    {
        MayConfirm = true;
        if (characteristic is null || !D.Input.Pack.Characteristics.Contains(characteristic)) Errors.Add(("characteristic", T["position.unknown-characteristic"]));
        if (string.IsNullOrWhiteSpace(reason)) Errors.Add(("reason", T["position.reason-missing"]));
        else if (reason.Length > 1000) Errors.Add(("reason", T["input.too-long", "1000"]));
        if (Errors.Count > 0) return Again();
        var place = (await places.ForChangeAsync(Place.Slug, cancel))!;
        (place.Characteristic, place.CharacteristicReason) = (characteristic, reason!.Trim());
        places.NoteChange(place, "place.confirm-characteristic");
        await places.SaveAsync(cancel);
        Say(T["position.saved"]);
        return Redirect(Here("position"));
    }

    /// <summary>A fact's value for the reader: numbers grouped in the reader's way.</summary>
    public string ValueText(string? value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.ToString("#,0.##", T.Culture) : value ?? "";
}
