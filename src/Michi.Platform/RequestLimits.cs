using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Michi.Platform;

/// <summary>Refuses requests that no page and no endpoint could take, before any of them sees one.</summary>
internal static class RequestLimits
{
    public static Task Apply(HttpContext http, RequestDelegate next)
    {
        var size = http.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is { IsReadOnly: false } && http.Request.ContentLength > size.MaxRequestBodySize)
        {
            // The server reads the rest and throws it away; a connection cut off instead would leave the browser without the answer.
            size.MaxRequestBodySize = null;
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return Task.CompletedTask;
        }
        // PostgreSQL keeps no null character, and no text has one.
        if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        return next(http);
    }
}

/// <summary>Text in the JSON of a request: any but with a null character, which PostgreSQL cannot keep.</summary>
internal sealed class TextWithoutNull : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Checked(reader.GetString());

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Checked(reader.GetString())!;

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private static string? Checked(string? text) => text?.Contains('\0') == true ? throw new JsonException("A text has a null character.") : text;
}
