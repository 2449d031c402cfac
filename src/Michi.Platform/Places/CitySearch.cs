namespace Michi.Platform.Places;

/// <summary>A city of GeoNames' list.</summary>
public sealed record GeoCity(long GeoNameId, string Name, string CountryCode, long Population, double Latitude, double Longitude);

/// <summary>Finds cities by name among GeoNames' cities, so that a place starts from a name instead of a form.</summary>
public sealed class CitySearch
{
}
