using Michi.Platform.Accounts;
using Michi.Platform.Places;

namespace Michi.Platform.Layout;

/// <summary>A page of a place that a module offers under a step of the loop.</summary>
/// <param name="Step">Step of the loop: <c>diagnose</c>, <c>direct</c>…</param>
/// <param name="Path">Path below the place; empty for its overview.</param>
/// <param name="TextKey">Interface text of the tab.</param>
/// <param name="Right">Who sees the tab.</param>
/// <param name="Only">Kind of place that has it; null for every kind.</param>
public sealed record PlaceTab(string Step, string Path, string TextKey, Right Right = Right.ViewPlace, PlaceKind? Only = null);
