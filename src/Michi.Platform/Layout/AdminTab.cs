namespace Michi.Platform.Layout;

/// <summary>A page of administration that a module offers.</summary>
/// <param name="Path">Path below <c>admin/</c>.</param>
/// <param name="TextKey">Interface text of the tab.</param>
public sealed record AdminTab(string Path, string TextKey);
