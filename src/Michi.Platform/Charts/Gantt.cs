namespace Michi.Platform.Charts;

/// <summary>A bar of a <see cref="Gantt"/>.</summary>
/// <param name="Description">The bar in words.</param>
/// <param name="Start">First quarter under way.</param>
/// <param name="End">First quarter after it; from there on it runs.</param>
/// <param name="Domain">Id of the domain whose colour it takes.</param>
public sealed record GanttRow(string Label, string Description, int Start, int End, string? Domain, bool IsMarked);

/// <summary>What a Gantt chart shows, by quarter.</summary>
/// <param name="Years">First quarter of each year and what it is called.</param>
public sealed record Gantt(string Title, int Quarters, IReadOnlyList<(int Begin, string Label)> Years, IReadOnlyList<GanttRow> Rows, string MarkText, string RunsText);
