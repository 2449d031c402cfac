using System.Globalization;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Position;

/// <summary>Stage, direction and scale-up of a place, each with its reasons; a facilitator confirms the characteristic.</summary>
[Allow(Right.ViewPlace, Right.Facilitate)]
internal sealed class PositionPage(PlaceBook places) : DiagnosisPage
{
    public override string Step => "direct";

    public bool MayConfirm { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) => MayConfirm = await Reader.CanAsync(Right.Facilitate, Place, cancel);

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
