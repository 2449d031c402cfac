using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Packs;
using Michi.Roadmap.Vision;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Roadmap.Initiatives;

/// <summary>Base of the pages of library and initiatives: the place's initiatives, its vision, and both in words.</summary>
public abstract class InitiativePage : PlacePage
{
    public override string Step => "plan";

    /// <summary>The library.</summary>
    public InitiativeLibrary Library => field ??= HttpContext.RequestServices.GetRequiredService<InitiativeLibrary>();

    /// <summary>The library's texts in the page's language.</summary>
    public PackWords Words => field ??= Library.Words(Lang);

    /// <summary>The approach in force.</summary>
    public ContentPack Approach => HttpContext.RequestServices.GetRequiredService<PackStore>().Current;

    internal InitiativeBook Book => field ??= HttpContext.RequestServices.GetRequiredService<InitiativeBook>();

    /// <summary>Every initiative of the place, retired ones included.</summary>
    internal IReadOnlyList<Initiative> All { get; private set; } = [];

    internal VisionFacts Vision { get; private set; } = new();

    internal InitiativeText Text { get; private set; } = null!;

    /// <summary>Whether the reader may change the plan.</summary>
    public bool MayPlan { get; private set; }

    internal async Task LoadAsync(CancellationToken cancel)
    {
        All = await Book.ListAsync(Place, withRetired: true, cancel);
        Vision = await Book.VisionAsync(Place, cancel);
        MayPlan = await Reader.CanAsync(Platform.Accounts.Right.Plan, Place, cancel);
        Text = new(T, Pack, Words, All.ToDictionary(i => i.Code, i => i.Facts.NameIn(Lang)), Vision.Currency);
    }
}
