using System.Text.Json;

namespace Michi.CityOs;

/// <summary>A text of the language files and the values filled in.</summary>
internal sealed record FaultText(string Key, params object[] Values);

/// <summary>A refusal in the standard's own words: an error type of ETSI GS CIM 009, clause 5.5.2, with the HTTP status of clause 6.3.2.</summary>
internal sealed class NgsiLdException(string type, int status, string title, string? detail = null, Exception? cause = null) : Exception(detail ?? title, cause)
{
    private const string Errors = "https://uri.etsi.org/ngsi-ld/errors/";

    /// <summary>URI of the error type.</summary>
    public string Type => Errors + type;

    public int Status => status;

    /// <summary>What is wrong, the same for every case.</summary>
    public string Title => title;

    /// <summary>What is wrong here and how to mend it.</summary>
    public string? Detail => detail;

    /// <summary>The character of a query, from 1, at which it cannot be read; null where it is something else.</summary>
    public int? Character { get; init; }

    /// <summary>The interface text that tells people the same in their language; null where there is none.</summary>
    public FaultText? Text { get; init; }

    /// <summary>As the problem details of RFC 9457.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, Type);
        json.WriteString("title"u8, title);
        if (detail is not null) json.WriteString("detail"u8, detail);
        json.WriteNumber("status"u8, status);
        json.WriteEndObject();
    }

    /// <summary>The content of the request does not fit the standard.</summary>
    public static NgsiLdException BadRequestData(string detail, int? character = null, FaultText? text = null) =>
        new("BadRequestData", 400, "The request contains input data which does not meet the requirements of the operation.", detail) { Character = character, Text = text };

    /// <summary>The request itself cannot be understood.</summary>
    public static NgsiLdException InvalidRequest(string detail) => new("InvalidRequest", 400, "The request associated to the operation is syntactically invalid or includes wrong content.", detail);

    public static NgsiLdException AlreadyExists(string id) => new("AlreadyExists", 409, "The referred element already exists.", $"{id} already exists.");

    public static NgsiLdException ResourceNotFound(string what) => new("ResourceNotFound", 404, "The referred resource has not been found.", $"{what} was not found.");

    public static NgsiLdException OperationNotSupported(string detail) => new("OperationNotSupported", 422, "The operation is not supported.", detail);

    public static NgsiLdException TooManyResults(string detail) => new("TooManyResults", 403, "The query associated to the operation is producing so many results that can exhaust client or server resources.", detail);

    public static NgsiLdException TooComplexQuery(string detail, FaultText? text = null) => new("TooComplexQuery", 403, "The query associated to the operation is too complex and cannot be resolved.", detail) { Text = text };

    /// <summary>A remote @context cannot be had.</summary>
    public static NgsiLdException LdContextNotAvailable(string detail) => new("LdContextNotAvailable", 504, "A remote JSON-LD @context referred to in the request cannot be retrieved.", detail);

    /// <summary>The disk or the database takes nothing for now. No input causes it, so the standard has no word for it but that for errors inside. What exactly it was is for the log: it names files and hosts.</summary>
    public static NgsiLdException CannotStore(bool isFull, Exception cause) => new(
        "InternalError", isFull ? 507 : 503, "The data could not be stored or read.", $"{(isFull ? "The disk is full" : "The disk or the database does not do its work")}. What was asked was not done; try again later.", cause);

    public static NgsiLdException NonexistentTenant(string tenant) => new("NonexistentTenant", 404, "The addressed tenant does not exist.", $"There is no tenant {tenant}.");
}
