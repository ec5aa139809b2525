// The contract as a document (/swagger/v1/swagger.json) and as pages (/swagger). The document is checked in; a test
// fails when it drifts.
using Microsoft.OpenApi;
using NodaTime;
using Rdfe.Api.Features;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.OpenApi;

public static class OpenApiSetup
{
    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "Rdfe",
                Version = "v1",
                Description = "The front end of a cloud and its fabric controller: subscriptions, services, virtual "
                    + "machines, and the maintenance of the hosts beneath them.",
                Contact = new OpenApiContact { Name = "The maintainers of Rdfe" },
            });
            options.AddServer(new OpenApiServer { Url = "/", Description = "Where this document was read" });
            // HEAD is GET without the body: nobody reads about it twice.
            options.DocInclusionPredicate((_, d) => d.HttpMethod != HttpMethods.Head);
            options.CustomSchemaIds(SchemaId);
            options.CustomOperationIds(d => d.ActionDescriptor.EndpointMetadata
                .OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName);
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.MapType<Instant>(() => Text("date-time", "2012-02-29T00:00:00Z"));
            options.MapType<Duration>(() => Text("duration", "PT5M"));
            options.MapType<ClusterId>(() => new OpenApiSchema { Type = JsonSchemaType.String });
            options.AddSecurityDefinition("bearer", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key: the operator's, or one of the subscription's.",
            });
            options.OperationFilter<DescribeOperation>();
            options.DocumentFilter<DescribeDocument>();
        });
        // Schemas are read off the same settings that write the wire, so the two cannot differ.
        services.Configure<Microsoft.AspNetCore.Mvc.JsonOptions>(o => StoreJson.Configure(o.JsonSerializerOptions));
    }

    public static void MapSwaggerPages(this WebApplication app)
    {
        app.UseSwagger(o => o.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0);
        app.UseSwaggerUI(o =>
        {
            o.SwaggerEndpoint("/swagger/v1/swagger.json", "Rdfe v1");
            o.DocumentTitle = "Rdfe API";
            o.EnablePersistAuthorization();
        });
    }

    // PutService+Body → PutServiceBody; Listing<ServiceView> → ServiceViewListing.
    private static string SchemaId(Type type)
    {
        var name = type.IsGenericType
            ? string.Concat(type.GetGenericArguments().Select(SchemaId)) + type.Name[..type.Name.IndexOf('`',
                StringComparison.Ordinal)]
            : type.Name;
        return type.IsNested ? type.DeclaringType!.Name + name : name;
    }

    private static OpenApiSchema Text(string format, string example) =>
        new() { Type = JsonSchemaType.String, Format = format, Description = "For instance " + example };
}
