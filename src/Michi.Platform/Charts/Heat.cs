namespace Michi.Platform.Charts;

/// <summary>One column of <see cref="HeatMap"/>.</summary>
/// <param name="Label">Short heading, such as "P1".</param>
/// <param name="Name">Full name, read out and shown on hover.</param>
/// <param name="Group">Heading over neighbouring columns that share it, such as the domain's name.</param>
/// <param name="Domain">Id of the domain whose colour the group heading takes.</param>
/// <param name="Href">Makes the heading a link.</param>
public sealed record HeatColumn(string Label, string? Name = null, string? Group = null, string? Domain = null, string? Href = null);

/// <summary>One row of <see cref="HeatMap"/>.</summary>
/// <param name="Label">What the row is about, such as a city.</param>
/// <param name="Values">Level of each column, in their order; null or NaN where nothing is known. Missing values at the end are unknown.</param>
/// <param name="Href">Makes the label a link.</param>
public sealed record HeatRow(string Label, IReadOnlyList<double?> Values, string? Href = null);
